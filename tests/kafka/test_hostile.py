"""Every kind of hostile record through a worker: one outcome each, bytes untouched."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from ops.broker import LocalCluster
from streams.headers import ORIGIN, parse_coordinates
from streams.settings import load
from streams.stages.contract import Record
from streams.topology import DLQ, DUPLICATES, RAW, UNIQUE
from tests.hostile import ARTICLE, Hostile, kinds, neighbours
from tests.workers import Reader, WorkerProcess, wait_for

pytestmark = pytest.mark.kafka
STAGES = "streams.stages.pipeline:load_stages"
Place = tuple[int, int]


def _send(bootstrap: str, topic: str, records: list[Record]) -> list[Place]:
    """Send the records in order; where each went."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, max_request_size=11_000_000)
    futures = [
        producer.send(topic, record.value, key=record.key, headers=list(record.headers))
        for record in records
    ]
    places = [(sent.partition, sent.offset) for sent in (f.get(60) for f in futures)]
    producer.close()
    return places


def _sendable(kind: Hostile) -> Hostile:
    """The kind; with a key where it has neither key nor value, which the client refuses."""
    if kind.record.value is None and kind.record.key is None:
        return replace(kind, record=replace(kind.record, key=b"key"))
    return kind


def _outcomes(reader: Reader, prefix: str) -> dict[Place, Any]:
    """The record on unique, duplicates or the DLQ for each place on the raw topic."""
    outcomes: dict[Place, Any] = {}
    records: list[Any] = reader.poll()
    for record in records:
        headers = dict(record.headers)
        if record.topic == prefix + DLQ:
            place = int(headers["dlq.partition"]), int(headers["dlq.offset"])
        else:
            _, *rest = parse_coordinates(headers[ORIGIN]) or ("", -1, -1)
            place = rest[0], rest[1]
        assert place not in outcomes, record
        outcomes[place] = record
    return outcomes


def test_each(
    broker: LocalCluster,
    admin: KafkaAdminClient,
    newswire: Callable[..., Any],
    prefix: str,
    tmp_path: Path,
) -> None:
    newswire("topics", "create")
    topics = [prefix + topic for topic in (UNIQUE, DUPLICATES, DLQ)]
    assert set(topics) < set(admin.list_topics())
    reader = Reader.of_all(broker.bootstrap, topics)
    hostile = [_sendable(kind) for kind in kinds(load().max_record_bytes)]
    good = neighbours(len(hostile))
    mixed = [r for pair in zip((h.record for h in hostile), good, strict=True) for r in pair]
    places = _send(broker.bootstrap, prefix + RAW, mixed)
    with WorkerProcess(
        broker.bootstrap,
        "test",
        tmp_path,
        STAGES,
        topic_prefix=prefix,
        breaker_ratio="1",
        breaker_consecutive="10000",
    ) as worker:
        wait_for(lambda: len(_outcomes(reader, prefix)) >= len(mixed), 120, worker.text)
    outcomes = _outcomes(reader, prefix)
    assert set(outcomes) == set(places)
    assert {outcomes[place].topic for place in places[1::2]} == {prefix + UNIQUE}
    for kind, place in zip(hostile, places[::2], strict=True):
        _assert_outcome(kind.expected, kind.record, outcomes[place], prefix)


def _assert_outcome(expected: str, sent: Record, outcome: Any, prefix: str) -> None:
    if expected == ARTICLE:
        assert outcome.topic == prefix + UNIQUE
        return
    headers = dict(outcome.headers)
    assert headers["dlq.reason"] == expected.encode()
    assert (outcome.key, outcome.value) == (sent.key, sent.value)
    assert list(outcome.headers)[: len(sent.headers)] == list(sent.headers)
