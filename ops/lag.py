"""How far a consumer group is behind: in records, and in seconds."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from ops import groups
from ops.clients import bounds, partitions_of
from ops.reading import POLL_MS
from ops.times import now_ms

LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Lag:
    """One partition: `seconds` is the age of the next record to be read, 0 if there is none.

    `committed` is None where the group has none: then it starts at the first record. `seconds`
    is None if that record could not be read in time.
    """

    topic: str
    partition: int
    committed: int | None
    end: int
    records: int
    seconds: float | None

    def as_json(self) -> dict[str, Any]:
        """All fields."""
        return asdict(self)


def lag_records(
    client: KafkaAdminClient, group: str, topics: Sequence[str]
) -> dict[TopicPartition, tuple[int | None, int, int]]:
    """For each partition of `topics`: committed offset, next offset to be read, end."""
    parts = [part for topic in topics for part in partitions_of(client, topic)]
    committed = groups.committed(client, group, parts) if parts else {}
    found = {}
    for part, (first, last) in bounds(client, parts).items():
        offset = committed.get(part)
        following = first if offset is None else min(max(offset, first), last)
        found[part] = (offset, following, last)
    return found


def lag(
    client: KafkaAdminClient, consumer: KafkaConsumer, group: str, topics: Sequence[str]
) -> list[Lag]:
    """The lag of every partition of `topics`, by topic and number."""
    found = lag_records(client, group, topics)
    behind = {part: start for part, (_, start, end) in found.items() if start < end}
    times = _next_times(consumer, behind)
    now = now_ms()
    return [
        Lag(
            topic=part.topic,
            partition=part.partition,
            committed=committed,
            end=end,
            records=end - start,
            seconds=_seconds(now, times.get(part)) if part in behind else 0.0,
        )
        for part, (committed, start, end) in sorted(found.items())
    ]


def topics_of(client: KafkaAdminClient, group: str) -> list[str]:
    """The topics of which the group has committed offsets."""
    return sorted({part.topic for part in groups.committed(client, group)})


def _seconds(now: int, timestamp: int | None) -> float | None:
    return None if timestamp is None else max(0.0, (now - timestamp) / 1000)


def _next_times(
    consumer: KafkaConsumer, starts: dict[TopicPartition, int]
) -> dict[TopicPartition, int]:
    consumer.assign(list(starts))
    for part, offset in starts.items():
        consumer.seek(part, offset)
    times: dict[TopicPartition, int] = {}
    deadline = time.monotonic() + LOOK_SECONDS
    while len(times) < len(starts) and time.monotonic() < deadline:
        for part, records in consumer.poll(POLL_MS).items():
            times.setdefault(part, records[0].timestamp)
            consumer.pause(part)
    return times
