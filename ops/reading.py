"""Read offset ranges of many partitions as one stream in the order of time."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

Ranges = Mapping[TopicPartition, tuple[int, int]]
"""For each partition the first offset and the offset after the last record to read."""

ConsumerRecord = Any
POLL_MS = 500
STALLED_SECONDS = 60.0
MANY, FEW = 4_000, 1_000


def read(consumer: KafkaConsumer, ranges: Ranges) -> Iterator[ConsumerRecord]:
    """The records of `ranges`, by timestamp across partitions, by offset inside each.

    Holds a few thousand records of each partition at most. Gaps in the offsets (compaction,
    transactions) are no matter.

    Raises:
        KafkaTimeoutError: nothing came for a minute though records are due.
    """
    buffers = {part: _Buffer(end) for part, (start, end) in ranges.items() if start < end}
    consumer.assign(list(buffers))
    for part in buffers:
        consumer.seek(part, ranges[part][0])
    while buffers:
        _fill(consumer, buffers)
        for part in [p for p, buffer in buffers.items() if buffer.closed and not buffer.records]:
            del buffers[part]
        while buffers and all(buffer.records for buffer in buffers.values()):
            first = min(buffers.values(), key=_time)
            yield first.records.popleft()
            if first.closed and not first.records:
                buffers = {p: b for p, b in buffers.items() if b is not first}


class _Buffer:
    def __init__(self, end: int) -> None:
        self.end = end
        self.closed = False
        self.records: deque[ConsumerRecord] = deque()


def _time(buffer: _Buffer) -> tuple[int, int, int]:
    record = buffer.records[0]
    return record.timestamp, record.partition, record.offset


def _fill(consumer: KafkaConsumer, buffers: dict[TopicPartition, _Buffer]) -> None:
    deadline = time.monotonic() + STALLED_SECONDS
    while any(not b.closed and not b.records for b in buffers.values()):
        _throttle(consumer, buffers)
        for part, records in consumer.poll(POLL_MS).items():
            buffers[part].records.extend(r for r in records if r.offset < buffers[part].end)
            deadline = time.monotonic() + STALLED_SECONDS
        for part, buffer in buffers.items():
            if not buffer.closed and consumer.position(part) >= buffer.end:
                buffer.closed = True
                consumer.pause(part)
        if time.monotonic() > deadline:
            raise KafkaTimeoutError(f"no records for {STALLED_SECONDS:.0f} s")


def _throttle(consumer: KafkaConsumer, buffers: dict[TopicPartition, _Buffer]) -> None:
    paused = consumer.paused()
    for part, buffer in buffers.items():
        if buffer.closed:
            continue
        if len(buffer.records) > MANY and part not in paused:
            consumer.pause(part)
        elif len(buffer.records) < FEW and part in paused:
            consumer.resume(part)
