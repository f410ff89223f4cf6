"""The journal of operations on `news.ops`: what was done with which dead letter, when, by whom."""

import getpass
import socket
from collections.abc import Iterable
from typing import Any, Literal

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
    """The last entry about each dead letter; empty if there is no journal."""
    ranges = bounds(client, partitions_of(client, topic))
    entries = (orjson.loads(record.value) for record in read(consumer, ranges))
    return {(entry["partition"], entry["offset"]): entry for entry in entries}


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
