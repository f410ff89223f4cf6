"""The last records of a topic, and those that come."""

import base64
from collections.abc import Iterator
from typing import Any

import orjson
from kafka import KafkaAdminClient, KafkaConsumer

from ops.clients import bounds, partitions_of
from ops.reading import POLL_MS, ConsumerRecord, Ranges, read
from ops.times import time_text

CONTROL = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), *range(127, 160)], "\N{REPLACEMENT CHARACTER}"
)
"""Control characters of untrusted text, which a terminal would obey."""


def last_ranges(client: KafkaAdminClient, topic: str, count: int | None) -> Ranges:
    """Where the last `count` records of each partition stand; None takes all.

    Raises:
        LookupError: there is no such topic.
    """
    parts = partitions_of(client, topic)
    if not parts:
        raise LookupError(f"there is no topic {topic}")
    return {
        part: (first if count is None else max(first, last - count), last)
        for part, (first, last) in bounds(client, parts).items()
    }


def last_records(consumer: KafkaConsumer, ranges: Ranges, count: int | None) -> list[Any]:
    """The last `count` records over all partitions, by time."""
    records = list(read(consumer, ranges))
    return records if count is None else records[max(0, len(records) - count) :]


def follow(consumer: KafkaConsumer, ranges: Ranges) -> Iterator[ConsumerRecord]:
    """Records after the end of `ranges` as they come, without end."""
    consumer.assign(list(ranges))
    for part, (_, end) in ranges.items():
        consumer.seek(part, end)
    while True:
        for records in consumer.poll(POLL_MS).values():
            yield from records


def as_json(record: ConsumerRecord) -> dict[str, Any]:
    """The record as JSON: `value` if it is JSON or UTF-8 text, else `value_base64`."""
    shown = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": time_text(record.timestamp),
        "key": None if record.key is None else record.key.decode("utf-8", "replace"),
        "headers": [
            [name, (value or b"").decode("utf-8", "replace")] for name, value in record.headers
        ],
    }
    return shown | _value(record.value)


def _value(value: bytes | None) -> dict[str, Any]:
    if value is None:
        return {"value": None}
    try:
        return {"value": orjson.loads(value)}
    except orjson.JSONDecodeError:
        pass
    try:
        return {"value": value.decode("utf-8")}
    except UnicodeDecodeError:
        return {"value_base64": base64.b64encode(value).decode()}


def preview(value: bytes | None, most: int = 160) -> str:
    """The value's first characters on one line, control characters replaced."""
    if value is None:
        return "(no value)"
    text = " ".join(value.decode("utf-8", "replace").split()).translate(CONTROL)
    return text if len(text) <= most else text[: most - 1] + "…"
