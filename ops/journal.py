"""The journal of operations on `news.ops`: what was done with which dead letter, when, by whom."""

import getpass
import socket
from collections.abc import Iterable
from typing import Any, Literal, get_args

import orjson
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from ops.clients import bounds, partitions_of
from ops.reading import read
from ops.times import now_ms, time_text

SCHEMA = "newswire.operation/1"
Action = Literal["redrive", "drop"]
Place = tuple[int, int]
"""Partition and offset of a dead letter."""


def note(
    producer: KafkaProducer, topic: str, action: Action, places: Iterable[Place], why: str
) -> None:
    """Append one entry for each dead letter and wait until all are safe.

    Raises:
        KafkaError: an entry could not be written.
    """
    futures = [producer.send(topic, _entry(action, place, why)) for place in places]
    producer.flush()
    for future in futures:
        future.get(60)


def actions(
    client: KafkaAdminClient, consumer: KafkaConsumer, topic: str
) -> dict[Place, dict[str, Any]]:
    """The last entry about each dead letter; empty if there is no journal.

    What is no entry of ours is passed over: anybody may write to a topic.
    """
    ranges = bounds(client, partitions_of(client, topic))
    entries = (_read(record.value) for record in read(consumer, ranges))
    return {(entry["partition"], entry["offset"]): entry for entry in entries if entry}


def _read(value: bytes | None) -> dict[str, Any] | None:
    try:
        entry = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    ours = isinstance(entry, dict) and entry.get("schema") == SCHEMA
    return entry if ours and entry.get("action") in get_args(Action) and _place(entry) else None


def _place(entry: dict[str, Any]) -> bool:
    return all(isinstance(entry.get(name), int) for name in ("partition", "offset"))


def _entry(action: Action, place: Place, why: str) -> bytes:
    return orjson.dumps(
        {
            "schema": SCHEMA,
            "action": action,
            "partition": place[0],
            "offset": place[1],
            "at": time_text(now_ms()),
            "by": f"{getpass.getuser()}@{socket.gethostname()}",
            "why": why,
        }
    )
