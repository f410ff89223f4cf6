"""Send records again: at a rate, behind live traffic, from where a killed replay stopped."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from ops import checkpoint as checkpoints
from ops.checkpoint import Checkpoint
from ops.items import Headers, Item, from_file, from_record, traced
from ops.lag import lag_records
from ops.reading import read
from streams import dead_letters

SETTLE_RECORDS = 1_000
SETTLE_BYTES = 32_000_000
YIELD_SECONDS = 1.0
DELIVERY_SECONDS = 60
KEPT_DEAD_LETTER_HEADERS = frozenset({dead_letters.ATTEMPT, dead_letters.FIRST_FAILED_AT})
DEAD_LETTER_HEADERS = frozenset(
    {
        dead_letters.TOPIC,
        dead_letters.PARTITION,
        dead_letters.OFFSET,
        dead_letters.TIMESTAMP,
        dead_letters.STAGE,
        dead_letters.REASON,
        dead_letters.ERROR,
        dead_letters.DETAIL,
        dead_letters.VERSION,
    }
)


@dataclass(slots=True)
class Pace:
    """At most `rate` records a second (0: as fast as it goes); waits while `busy()`."""

    rate: float = 0.0
    busy: Callable[[], bool] = lambda: False
    _started: float = field(default_factory=time.monotonic)
    _sent: int = 0

    def wait(self) -> None:
        """Return when the next record may go."""
        self._sent += 1
        if self.rate:
            time.sleep(max(0.0, self._started + self._sent / self.rate - time.monotonic()))

    def give_way(self) -> None:
        """Return when the target's readers have caught up; time spent here earns no credit."""
        before = time.monotonic()
        while self.busy():
            time.sleep(YIELD_SECONDS)
        self._started += time.monotonic() - before


class LagWatch:
    """Whether the group that reads `topic` has more than `most` records before it."""

    def __init__(self, client: KafkaAdminClient, group: str, topic: str, most: int) -> None:
        self._ask = (client, group, [topic])
        self._most = most

    def __call__(self) -> bool:
        """True while live traffic should go first."""
        found = lag_records(*self._ask)
        return sum(end - start for _, start, end in found.values()) > self._most


def items_of(consumer: KafkaConsumer, at: Checkpoint) -> Iterator[Item]:
    """The records of the checkpoint's topic that are still to be read."""
    ranges = {
        TopicPartition(at.source, number): (at.following[number], end)
        for number, end in at.ends.items()
    }
    return (from_record(record) for record in read(consumer, ranges))


def lines_of(path: Path, at: Checkpoint) -> Iterator[Item]:
    """The lines of the file that are still to be read."""
    return (item for item in from_file(path) if item.offset >= at.following.get(0, 0))


def kept_headers(headers: Headers) -> Headers:
    """Without what a dead letter says of one failure; its attempts and first failure stay."""
    return tuple(header for header in headers if header[0] not in DEAD_LETTER_HEADERS)


def replay(
    producer: KafkaProducer,
    items: Iterator[Item],
    selected: Callable[[Item], bool],
    at: Checkpoint,
    *,
    pace: Pace | None = None,
    save: Callable[[Checkpoint], None] = lambda _: None,
    told: Callable[[Checkpoint], None] = lambda _: None,
) -> Checkpoint:
    """Send every selected item to `at.target`; `at` grows, and is saved after deliveries.

    At least once: what was sent after the last save is sent again by the next run, with the same
    key and value. Bytes, key and headers stay; the marks of the replay are added.

    Raises:
        KafkaError: a record could not be delivered; the checkpoint stands before it.
    """
    pace = pace or Pace()
    try:
        while batch := _next_batch(items, pace):
            _send(producer, batch, selected, at, pace)
            save(at)
            told(at)
            pace.give_way()
    finally:
        producer.flush(DELIVERY_SECONDS)
    at.done = True
    save(at)
    return at


def _next_batch(items: Iterator[Item], pace: Pace) -> list[Item]:
    """What is sent between two saves: about a second's worth at the pace, at most some MB."""
    most = max(1, min(SETTLE_RECORDS, int(pace.rate or SETTLE_RECORDS)))
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += len(item.value or b"")
        if len(batch) >= most or size > SETTLE_BYTES:
            break
    return batch


def _send(
    producer: KafkaProducer,
    batch: list[Item],
    selected: Callable[[Item], bool],
    at: Checkpoint,
    pace: Pace,
) -> None:
    futures = []
    for item in batch:
        if selected(item):
            pace.wait()
            futures.append(_send_one(producer, item, at))
    producer.flush(DELIVERY_SECONDS)
    for future in futures:
        future.get(DELIVERY_SECONDS)
    at.read += len(batch)
    at.sent += len(futures)
    for item in batch:
        at.following[item.partition] = item.offset + 1


def _send_one(producer: KafkaProducer, item: Item, at: Checkpoint) -> Any:
    headers = traced(item, at.replay_id, kept_headers(item.headers))
    return producer.send(at.target, item.value, key=item.key, headers=headers)


def saver(path: Path | None) -> Callable[[Checkpoint], None]:
    """Saves to the file, if there is one."""
    if path is None:
        return lambda _: None
    return lambda at: checkpoints.save(path, at)
