"""A worker's copy of `news.routes`: read whole at start, then followed.

It holds the last record of each slug as bytes; whoever keeps tables (`RouteBook`, perhaps in
another process) asks for the changes since the version that it has. Routes are read by nobody
else here, so a bad one costs nothing but its dead letter (`RouteCheck`).
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from mode.utils.logging import get_logger

from streams.kafka.security import aiokafka_options
from streams.settings import Settings
from streams.stages.routes import Change
from streams.topology import ROUTES

logger = get_logger(__name__)
POLL_MS = 200
READ_RECORDS = 5_000
RETRY_SECONDS = 1.0
Listener = Callable[[list[Change]], None]


class RouteTopic:
    """The records of `news.routes` below `position`, the newest per slug.

    Args:
        settings: where the brokers are, and the topic's prefix.
        until: stop at this offset (`--routes-at`): the table of a moment, for replays. The
            topic keeps what was replaced for `topic_retention_hours`; before that it is gone.
        heard: called with each list of new records after the start, in order.
    """

    def __init__(
        self, settings: Settings, until: int | None = None, heard: Listener | None = None
    ) -> None:
        self._settings = settings
        self._until = until
        self.heard = heard
        self._partition = TopicPartition(settings.topic_prefix + ROUTES, 0)
        self._latest: dict[bytes | None, Change] = {}
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self.position = 0

    @property
    def count(self) -> int:
        """How many slugs have a route now."""
        return sum(change.value is not None for change in self._latest.values())

    async def start(self) -> None:
        """Read what the topic holds now; returns at the end that it had at the call.

        Raises:
            KafkaError: the topic can't be read.
            LookupError: it ends before `until`.
        """
        consumer = await self._connect()
        try:
            await self._read_to(consumer, await self._end(consumer))
        except BaseException:
            await consumer.stop()
            raise
        if self._until is None:
            self._task = asyncio.create_task(self._follow(consumer))
        else:
            await consumer.stop()
        logger.info("Routes: %d records read, up to offset %d", len(self._latest), self.position)

    async def stop(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def changes(self, since: int) -> list[Change]:
        """The newest record of each slug at or after the offset `since`, in order."""
        newest = []
        for change in reversed(self._latest.values()):
            if change.offset < since:
                break
            newest.append(change)
        return newest[::-1]

    async def reached(self, position: int) -> None:
        """Return when everything below the offset is read."""
        while self.position < position:
            moved = self._moved
            await moved.wait()

    async def _connect(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.bootstrap.split(","),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            retry_backoff_ms=200,
            fetch_max_wait_ms=POLL_MS,
            **aiokafka_options(self._settings),
        )
        await consumer.start()
        consumer.assign([self._partition])
        await consumer.seek_to_beginning(self._partition)
        return consumer

    async def _end(self, consumer: AIOKafkaConsumer) -> int:
        end: int = (await consumer.end_offsets([self._partition]))[self._partition]
        if self._until is not None and self._until > end:
            raise LookupError(f"{self._partition.topic} ends at {end}, before {self._until}")
        return end if self._until is None else self._until

    async def _read_to(self, consumer: AIOKafkaConsumer, end: int) -> None:
        while (at := await consumer.position(self._partition)) < end:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=READ_RECORDS)
            records = [r for each in found.values() for r in each if r.offset < end]
            self._remember(records)
            self.position = max(self.position, at)
        self.position = end

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        try:
            while True:
                try:
                    await self._once(consumer)
                except KafkaError as error:
                    logger.warning("Reading the routes: %r", error)
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            await consumer.stop()

    async def _once(self, consumer: AIOKafkaConsumer) -> None:
        found = await consumer.getmany(timeout_ms=POLL_MS, max_records=READ_RECORDS)
        changes = self._remember(record for each in found.values() for record in each)
        if changes:
            self.position = changes[-1].offset + 1
            self._moved.set()
            self._moved = asyncio.Event()
            if self.heard:
                self.heard(changes)

    def _remember(self, records: Iterable[ConsumerRecord]) -> list[Change]:
        changes = [Change(record.offset, record.key, record.value) for record in records]
        for change in changes:
            self._latest.pop(change.key, None)
            self._latest[change.key] = change
        return changes
