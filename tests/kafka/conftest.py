"""Helpers for the tests of commands on the real broker."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from ops.broker import LocalCluster
from ops.reading import read
from streams.cli import main

Send = Callable[..., None]
ReadAll = Callable[[str], list[Any]]


@pytest.fixture
def newswire(broker: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`newswire("topics", "check") -> Result` on the broker; `code`: the exit code, None any."""
    monkeypatch.setenv("NEWSWIRE_BOOTSTRAP", broker.bootstrap)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str, code: int | None = 0) -> Result:
        result = CliRunner().invoke(main, list(words), catch_exceptions=False)
        assert code is None or result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def newswire_json(newswire: Callable[..., Result]) -> Callable[..., Any]:
    """The same with `--json`, its output parsed."""

    def run(*words: str, code: int = 0) -> Any:
        return json.loads(newswire(*words, "--json", code=code).stdout)

    return run


@pytest.fixture
def prefix(monkeypatch: pytest.MonkeyPatch, unique_name: Callable[[str], str]) -> str:
    """A topic prefix of the test's own, in the environment: topics that no other test touches."""
    made = unique_name("own") + "."
    monkeypatch.setenv("NEWSWIRE_TOPIC_PREFIX", made)
    return made


@pytest.fixture
def send(broker: LocalCluster) -> Send:
    """`send(topic, value, ..., key=None, headers=(), partition=None)`, acknowledged."""

    def run(topic: str, *values: bytes | None, **options: Any) -> None:
        producer = KafkaProducer(
            bootstrap_servers=broker.bootstrap, max_request_size=11_000_000, max_block_ms=10_000
        )
        futures = [producer.send(topic, value, **options) for value in values]
        for future in futures:
            future.get(20)
        producer.close()

    return run


@pytest.fixture
def read_all(broker: LocalCluster) -> Iterator[ReadAll]:
    """`read_all(topic) -> records`: all that the topic holds now, by time."""
    consumer = KafkaConsumer(
        bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )

    def run(topic: str) -> list[Any]:
        parts = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        first, last = consumer.beginning_offsets(parts), consumer.end_offsets(parts)
        return list(read(consumer, {part: (first[part], last[part]) for part in parts}))

    yield run
    consumer.close()
