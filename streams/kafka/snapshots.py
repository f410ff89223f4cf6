"""The index's snapshots in a worker: used at its start, written beside its work."""

import asyncio
import contextlib
from pathlib import Path
from threading import Thread

from aiokafka import AIOKafkaConsumer, TopicPartition
from mode.utils.logging import get_logger

from streams.stages.dedup import Index, snapshot
from streams.stages.dedup.generation import Generation
from streams.stages.dedup.value import value_hash

logger = get_logger(__name__)

READ_MS = 10_000


class Snapshots:
    """Snapshots of one log in a folder, which workers of the same machine may share.

    `log` is the log's topic. Nothing here raises: without a snapshot the log has everything.
    """

    def __init__(self, folder: Path, log: str) -> None:
        self._folder = folder
        self._log = log
        self._written = 0
        self._waiting: list[Generation] = []
        self._thread: Thread | None = None

    async def load(
        self, index: Index, consumer: AIOKafkaConsumer, log: TopicPartition, bounds: tuple[int, int]
    ) -> None:
        """Fill a new index, if a snapshot fits the log that reaches over `bounds` (first, end).

        The value before the place where it ends must stand in the log: another cluster's log or
        one that was made again has another there.
        """
        if not (self._folder / snapshot.MANIFEST).exists():
            return
        try:
            offset, value = snapshot.reach(self._folder, index.identity, self._log)
            await _check(consumer, log, bounds, (offset, value))
            await asyncio.to_thread(snapshot.load, self._folder, index, self._log)
            self._written = index.next_offset
        except snapshot.SnapshotError as error:
            logger.warning("Snapshot in %s is not used: %s", self._folder, error)
        else:
            logger.info("Snapshot: %d articles, up to offset %d", index.end, index.next_offset)

    def keep(self, index: Index) -> None:
        """Write what was frozen since the last time, in a thread; never waits for it."""
        frozen = index.frozen
        if frozen and frozen[-1].next_offset > self._written:
            # As they are now: later some that the next articles met have left the window.
            self._written, self._waiting = frozen[-1].next_offset, frozen
        if not self._waiting or (self._thread is not None and self._thread.is_alive()):
            return
        arguments = self._waiting, index.identity, self._log, self._folder
        self._waiting = []
        # A daemon: a worker's end does not wait for it, and half a file is never used.
        self._thread = Thread(target=_save, args=arguments, name="snapshot", daemon=True)
        self._thread.start()


def _save(*arguments: object) -> None:
    try:
        written = snapshot.save(*arguments)  # type: ignore[arg-type]
        logger.info("Snapshot: %d bytes written", written)
    except OSError as error:
        logger.warning("No snapshot: %s", error)


async def _check(
    consumer: AIOKafkaConsumer, log: TopicPartition, bounds: tuple[int, int], found: tuple[int, int]
) -> None:
    offset, value = found
    first, end = bounds
    if offset > end:
        raise snapshot.SnapshotError(f"ahead of the log: {offset} is over its end {end}")
    if offset <= first:
        raise snapshot.SnapshotError(f"older than the log, which begins at {first}")
    consumer.seek(log, offset - 1)
    records = await consumer.getmany(log, timeout_ms=READ_MS, max_records=1)
    with contextlib.suppress(KeyError, IndexError):
        record = records[log][0]
        hashed = value_hash(record.value or b"")
        if (record.offset, hashed) == (offset - 1, value):
            return
    raise snapshot.SnapshotError(f"of another log: its offset {offset - 1} has another value")
