"""Faust's consumer with one event for the records fetched from one partition.

What it changes of faust-streaming 0.15.3, and why, is in DELIVERY.md. Thread rule: the ledger
belongs to the main loop; the consumer thread reads `allowed` and `epoch`, both replaced whole.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, cast

import aiokafka
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message
from faust.types.transports import TPorTopicSet
from mode import Service, ServiceT
from mode.utils.logging import get_logger

from streams import metrics
from streams.kafka.fencing import NameGuard, NameTakenError
from streams.kafka.ledger import FetchedBatch, Ledger, split
from streams.kafka.security import aiokafka_options
from streams.settings import Settings

logger = get_logger(__name__)

OUTSTANDING = 2
"""Batches of one partition that may be fetched and not done: one in hand, one waiting."""
BUFFER_BATCHES = 8
"""The bytes of all outstanding batches are held below this many full batches."""
HEARTBEAT_SECONDS = 1.0
"""A member hears of a rebalance by its heartbeat, and everybody waits for the last to hear."""
POLL_SECONDS = 1.0
COMMIT_SECONDS = 10.0


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that owns aiokafka's consumer: fetches and commits."""

    consumer: "BatchConsumer"

    async def on_start(self) -> None:
        """Make the wake-up signal on the thread's own loop, then connect."""
        self.wake = asyncio.Event()
        await super().on_start()
        if name := self.consumer.settings.instance_id:
            NameGuard(self._ensure_consumer()._coordinator, name, self._name_taken)  # noqa: SLF001

    def _name_taken(self, error: NameTakenError) -> None:
        self.consumer.loop.call_soon_threadsafe(self.consumer.name_taken, error)

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        settings = self.consumer.settings
        self._assignor = RoundRobinPartitionAssignor
        return aiokafka.AIOKafkaConsumer(
            client_id=self.app.conf.broker_client_id,
            group_id=settings.group_id,
            group_instance_id=settings.instance_id or None,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=settings.batch_records,
            fetch_max_wait_ms=int(settings.fetch_wait * 1000),
            session_timeout_ms=int(settings.session_timeout * 1000),
            heartbeat_interval_ms=int(min(HEARTBEAT_SECONDS, settings.session_timeout / 5) * 1000),
            rebalance_timeout_ms=int(settings.rebalance_timeout * 1000),
            max_poll_interval_ms=int(settings.rebalance_timeout * 1000),
            request_timeout_ms=int(max(settings.session_timeout + 5, 20) * 1000),
            retry_backoff_ms=200,
            metadata_max_age_ms=30_000,
            **aiokafka_options(settings),
        )

    async def on_thread_stop(self) -> None:
        """Disconnect; with `leave_on_stop` a named member leaves the group too.

        Its partitions would wait for it else, until the session is over: aiokafka lets only
        members without a name leave.
        """
        if self._consumer is not None and self.consumer.settings.leave_on_stop:
            self._consumer._coordinator._group_instance_id = None  # noqa: SLF001
        await super().on_thread_stop()

    async def fetch(self, seconds: float) -> tuple[int, dict[TopicPartition, list[ConsumerRecord]]]:
        """What `allowed` partitions have, waiting up to `seconds`, and the epoch it belongs to."""
        fetcher = self._ensure_consumer()._fetcher  # noqa: SLF001
        deadline = monotonic() + seconds
        while True:
            self.wake.clear()
            epoch, records = await self._drain()
            left = deadline - monotonic()
            if records or left <= 0:
                return epoch, records
            waiter = fetcher._create_fetch_waiter()  # noqa: SLF001
            await _first(waiter, self.wake, left)

    async def _drain(self) -> tuple[int, dict[TopicPartition, list[ConsumerRecord]]]:
        """Take buffered records. No await may come between the checks and the taking.

        aiokafka moves its position when records are taken. Records taken while a rebalance
        runs, or counted to a later epoch than their own, would be skipped for good.
        """
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher  # noqa: SLF001
        if consumer._closed or fetcher._closed:  # noqa: SLF001
            raise ConsumerStoppedError
        subscriptions = fetcher._subscriptions  # noqa: SLF001
        epoch, allowed = self.consumer.epoch, self.consumer.allowed
        with subscriptions.fetch_context():
            if not (self.consumer.flow_active and allowed):
                return epoch, {}
            if subscriptions.reassignment_in_progress:
                return epoch, {}
            limit = self.consumer.settings.batch_records
            return epoch, await fetcher.fetched_records(allowed, 0, limit)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit; False, and nothing advances, on any failure. Never ends the worker."""
        wanted = {TopicPartition(*tp): OffsetAndMetadata(o, "") for tp, o in offsets.items()}
        try:
            await asyncio.wait_for(self._ensure_consumer().commit(wanted), COMMIT_SECONDS)
        except (KafkaError, TimeoutError) as error:
            logger.warning("Commit of %d partitions failed: %r", len(wanted), error)
            return False
        return True


async def _first(waiter: asyncio.Future[None], wake: asyncio.Event, seconds: float) -> None:
    woken = asyncio.ensure_future(wake.wait())
    futures: set[asyncio.Future[Any]] = {waiter, woken}
    try:
        await asyncio.wait(futures, timeout=seconds, return_when="FIRST_COMPLETED")
        if waiter.done():
            waiter.result()
    finally:
        woken.cancel()
        waiter.cancel()


class BatchConsumer(driver.Consumer):
    """One event per fetched batch; commits only what the ledger allows."""

    _thread: BatchConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.settings: Settings = args[0].settings
        self.name_taken: Callable[[NameTakenError], None] = args[0].name_taken
        self.ledger = Ledger()
        self.epoch = 0
        self.allowed: frozenset[TopicPartition] = frozenset()
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # Fetching

    async def _drain_messages(self, fetcher: ServiceT) -> None:
        stopping = cast("Service", fetcher)
        try:
            while not (self.should_stop or stopping.should_stop):
                if self.flow_active:
                    await self._fetch_once()
                else:
                    await self.wait_for_flow()
        except (ConsumerStoppedError, asyncio.CancelledError):
            # At a stop amid a rebalance Faust would report a crash, with two tracebacks.
            if not self.app.should_stop:
                raise

    async def wait_for_flow(self) -> None:
        """Return when a rebalance is over, or after a moment."""
        await self.wait(self.can_resume_flow, timeout=POLL_SECONDS)  # type: ignore[arg-type]

    async def _fetch_once(self) -> None:
        self._allow()
        fetch = self._thread.fetch(POLL_SECONDS)
        future = asyncio.run_coroutine_threadsafe(fetch, self._thread.thread_loop)
        epoch, found = await asyncio.wrap_future(future)
        batches = [
            batch
            for tp, records in found.items()
            for batch in split(TP(*tp), records, self.settings.batch_bytes)
        ]
        if epoch == self.epoch:
            for batch in batches:
                self.ledger.add(batch)
            for batch in batches:
                await self._hand_over(batch)

    async def _hand_over(self, batch: FetchedBatch) -> None:
        if batch.alive:
            callback = self.callback(_to_message(batch, self.app.consumer_generation_id))
            await self.wait_first(callback, self.suspend_flow.wait())

    def _allow(self) -> None:
        """Say which partitions may be fetched now; wakes the thread when that grew."""
        before = self.allowed
        full = self.ledger.size >= BUFFER_BATCHES * self.settings.batch_bytes
        self.allowed = frozenset(
            TopicPartition(*tp)
            for tp in (() if full else self._get_active_partitions())
            if self.ledger.outstanding(tp) < OUTSTANDING
        )
        if self.allowed - before:
            self._thread.thread_loop.call_soon_threadsafe(self._thread.wake.set)

    def lags(self) -> dict[TP, int]:
        """Per assigned partition the records from what is done to the end, as last heard of."""
        lags: dict[TP, int] = {}
        for tp in self._get_active_partitions():
            with contextlib.suppress(IllegalStateError, AttributeError):
                end, done = self._thread.highwater(tp), self.ledger.position(tp)
                if end is not None and done is not None:
                    lags[tp] = max(0, end - done)
        return lags

    # Acknowledging

    def begin(self, batch: FetchedBatch) -> bool:
        """An agent takes the batch in hand; False if it was given up meanwhile."""
        return self.ledger.begin(batch)

    def finish(self, batch: FetchedBatch) -> None:
        """Every output made from the batch is acknowledged by all in-sync replicas."""
        self.ledger.finish(batch)
        self._allow()

    def ack(self, message: Message) -> bool:  # noqa: ARG002
        """Do nothing: Faust acknowledges also when an agent failed; `finish` is what counts."""
        return True

    def track_message(self, message: Message) -> None:
        """Do nothing: the ledger knows what is in hand."""

    # Committing

    async def force_commit(
        self,
        topics: TPorTopicSet | None = None,  # noqa: ARG002
        start_new_transaction: bool = True,  # noqa: ARG002, FBT001, FBT002 - Faust's interface
    ) -> bool:
        """Commit the ends of the batches that were finished in order."""
        epoch, offsets = self.epoch, self.ledger.committable(self.assignment())
        if not offsets:
            return False
        with metrics.COMMIT_SECONDS.time():
            done = await self._commit(offsets)
        metrics.COMMITS.labels("ok" if done else "failed").inc()
        if done and epoch == self.epoch:
            self.ledger.committed(offsets)
        return done

    async def wait_empty(self) -> None:
        """Give up what waits, finish what is in hand (within a bound), commit."""
        self.ledger.drop_idle()
        limit = self.settings.shutdown_timeout
        if not self.app.should_stop:
            limit = min(limit, self.settings.rebalance_timeout / 2)
        deadline = monotonic() + limit
        while self.ledger.in_hand() and monotonic() < deadline:  # noqa: ASYNC110 - no event fits
            await asyncio.sleep(0.01)
        await self.maybe_wait_for_commit_to_finish()
        await self.commit()
        if self.app.should_stop:
            self.ledger.clear()

    # Rebalancing

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish, commit, and only then let the partitions go."""
        metrics.REBALANCES.inc()
        try:
            await super().on_partitions_revoked(revoked)
        finally:
            self.epoch += 1
            self.ledger.clear()

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: Faust's stall warnings count single events; /live watches progress."""


def _to_message(batch: FetchedBatch, generation: int) -> ConsumerMessage:
    last, value = batch.records[-1], cast("bytes", batch)
    return ConsumerMessage(
        batch.tp.topic,
        batch.tp.partition,
        last.offset,
        last.timestamp / 1000,
        last.timestamp_type,
        [],
        None,
        value,
        None,
        0,
        batch.size,
        batch.tp,
        generation_id=generation,
    )
