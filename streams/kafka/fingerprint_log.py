"""The fingerprint log: append ours, read all, decide in the order of the log.

One partition of `news.fingerprints`; its offsets are the order of arrival and LogAppendTime its
clock, the same for every worker. The log is the state: the index is built from it at start.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, Protocol

import aiokafka
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from mode.utils.logging import get_logger

from streams import metrics
from streams.kafka.security import aiokafka_options
from streams.kafka.sender import BACKOFF_SECONDS, Alive, Producers, bounded, pause
from streams.settings import Settings
from streams.stages.dedup import Decision
from streams.topology import FINGERPRINTS

logger = get_logger(__name__)

WRITER = "w"
POLL_MS = 500
READ_RECORDS = 2_000
KEPT_DECISIONS = 100_000
"""More than all batches that can be out at a time; the oldest go first."""


class Index(Protocol):
    """Decides about log values in the order of the log; `streams.stages.dedup.Index` is one."""

    def observe(
        self, values: Sequence[bytes], offsets: Sequence[int], arrivals_ms: Sequence[int]
    ) -> list[Decision]:
        """One decision per value."""
        ...


class FingerprintLog:
    """A worker's end of the log.

    Args:
        settings: where the brokers are.
        producers: our idempotent producer.
        index: a new, empty index.
        failed: called once with the error if the index itself fails; the worker must end.
    """

    def __init__(
        self,
        settings: Settings,
        producers: Producers,
        index: Index,
        failed: Callable[[Exception], None],
    ) -> None:
        self._settings = settings
        self._partition = TopicPartition(settings.topic(FINGERPRINTS), 0)
        self._producers = producers
        self._index = index
        self._failed = failed
        self._token = secrets.token_bytes(8)
        self._decisions: dict[int, Decision] = {}
        self._moved = asyncio.Event()
        self._pool = ThreadPoolExecutor(1, "index")
        self._task: asyncio.Task[None] | None = None
        self.position = 0
        self.ready = False

    async def start(self) -> None:
        """Read the whole log into the index; returns at the end that it had at the call.

        Raises:
            KafkaError: the log can't be read.
        """
        consumer = await self._connect()
        end = (await consumer.end_offsets([self._partition]))[self._partition]
        self.position = (await consumer.beginning_offsets([self._partition]))[self._partition]
        begun, first = monotonic(), self.position
        self._task = asyncio.create_task(self._read(consumer))
        while self.position < end:
            await self._wait_moved()
            if self._task.done():
                raise KafkaError("the fingerprint log could not be read")
        seconds = monotonic() - begun
        logger.info("Fingerprint log: %d values read in %.1f s", end - first, seconds)
        self.ready = True

    async def stop(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def decide(self, values: Sequence[bytes], alive: Alive) -> list[Decision]:
        """Append the values of one batch, and take their decisions when the reader is there.

        Raises:
            AbandonedError: `alive()` became false first. What was appended stays: the same
                article met again gets the same answer.
        """
        if not values:
            return []
        offsets = await self._append(values, alive)
        with metrics.LOG_WAIT_SECONDS.time():
            while any(offset not in self._decisions for offset in offsets):
                await self._wait_moved()
                await pause(0, alive)
        decisions = [self._decisions.pop(offset) for offset in offsets]
        # Decisions of appends that were tried twice are never asked for.
        while len(self._decisions) > KEPT_DECISIONS:
            del self._decisions[next(iter(self._decisions))]
        return decisions

    async def _append(self, values: Sequence[bytes], alive: Alive) -> list[int]:
        attempt = 0
        while True:
            client = self._producers.client
            try:
                return await self._append_once(client, values, alive)
            except (KafkaError, ValueError) as error:
                logger.warning("Append of fingerprints is tried again: %r", error)
                metrics.DELIVERY_ERRORS.labels(type(error).__name__).inc()
            await pause(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)], alive)
            attempt += 1
            await bounded(self._renew(client), alive)

    async def _renew(self, client: aiokafka.AIOKafkaProducer) -> None:
        try:
            await self._producers.renew(client)
        except KafkaError as error:
            logger.warning("No new producer yet: %r", error)

    async def _append_once(
        self, client: aiokafka.AIOKafkaProducer, values: Sequence[bytes], alive: Alive
    ) -> list[int]:
        futures: list[tuple[asyncio.Future[Any], int]] = []
        start = 0
        while start < len(values):
            builder = client.create_batch()
            count = self._fill(builder, values[start:])
            send = client.send_batch(builder, self._partition.topic, partition=0)
            futures.append((await bounded(send, alive), count))
            start += count
        offsets: list[int] = []
        for future, count in futures:
            base = (await bounded(future, alive)).offset
            if base < 0:
                raise ValueError("the broker had the values already and forgot where")
            offsets.extend(range(base, base + count))
        return offsets

    def _fill(self, builder: Any, values: Sequence[bytes]) -> int:
        headers = [(WRITER, self._token)]
        for count, value in enumerate(values):
            if builder.append(timestamp=None, key=None, value=value, headers=headers) is None:
                return count
        builder.close()
        return len(values)

    async def _connect(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.bootstrap.split(","),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=int(self._settings.fetch_wait * 1000),
            retry_backoff_ms=200,
            request_timeout_ms=20_000,
            **aiokafka_options(self._settings),
        )
        await consumer.start()
        consumer.assign([self._partition])
        return consumer

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        try:
            consumer.seek(self._partition, self.position)
            while True:
                await self._read_once(consumer)
        except Exception as error:
            logger.exception("The fingerprint log's reader failed")
            self._failed(error)
            raise
        finally:
            await consumer.stop()

    async def _read_once(self, consumer: AIOKafkaConsumer) -> None:
        try:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=READ_RECORDS)
        except KafkaError as error:
            logger.warning("Reading the fingerprint log: %r", error)
            await asyncio.sleep(1)
            return
        for records in found.values():
            await self._observe(records)
        if found:
            self._moved.set()
            self._moved = asyncio.Event()

    async def _observe(self, records: list[ConsumerRecord]) -> None:
        values = [record.value or b"" for record in records]
        offsets = [record.offset for record in records]
        arrivals = [record.timestamp for record in records]
        decisions = await asyncio.get_running_loop().run_in_executor(
            self._pool, self._index.observe, values, offsets, arrivals
        )
        mine = (WRITER, self._token)
        for record, decision in zip(records, decisions, strict=True):
            if mine in record.headers:
                self._decisions[record.offset] = decision
        self.position = offsets[-1] + 1
        metrics.LOG_POSITION.set(self.position)

    async def _wait_moved(self) -> None:
        moved = self._moved
        try:
            await asyncio.wait_for(moved.wait(), 1.0)
        except TimeoutError:
            return
