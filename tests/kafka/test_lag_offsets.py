"""Lag in records and seconds, and offsets moved, on a real broker."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import NodeNotReadyError

from ops import groups
from ops.broker import LocalCluster
from ops.lag import Lag, lag
from tests.conftest import MakeTopic
from tests.kafka.conftest import Send

pytestmark = pytest.mark.kafka
Run = Callable[..., Result]
RunJson = Callable[..., Any]


@pytest.fixture
def group(unique_name: Callable[[str], str]) -> str:
    return unique_name("group")


def committed(admin: KafkaAdminClient, group: str) -> dict[int, int]:
    return {part.partition: offset for part, offset in groups.committed(admin, group).items()}


def test_lag_in_records_and_seconds(
    newswire_json: RunJson, make_topic: MakeTopic, send: Send, admin: KafkaAdminClient, group: str
) -> None:
    topic = make_topic(partitions=3)
    ago = int(time.time() * 1000) - 60_000
    send(topic, b"read", b"next", b"last", partition=0, timestamp_ms=ago)
    send(topic, b"only", partition=1)
    groups.commit(admin, group, {TopicPartition(topic, n): 1 for n in (0, 1)})
    found = newswire_json("lag", "--group", group, "--topic", topic)
    rows = {row["partition"]: row for row in found["partitions"]}
    assert [rows[n]["records"] for n in range(3)] == [2, 0, 0]
    assert [rows[n]["committed"] for n in range(3)] == [1, 1, None]
    assert 60 <= rows[0]["seconds"] < 80, "the age of the next record, not of the last read"
    assert rows[1]["seconds"] == 0
    assert found["records"] == 2


def test_thresholds_are_exit_codes(
    newswire: Run, make_topic: MakeTopic, send: Send, admin: KafkaAdminClient, group: str
) -> None:
    topic = make_topic()
    send(topic, b"1", b"2", timestamp_ms=int(time.time() * 1000) - 30_000)
    groups.commit(admin, group, {TopicPartition(topic, 0): 0})
    words = ("lag", "--group", group)
    newswire(*words)
    newswire(*words, "--max-records", "2", "--max-seconds", "1000")
    newswire(*words, "--max-records", "1", code=1)
    newswire(*words, "--max-seconds", "10", code=1)
    send(topic, b"3", timestamp_ms=int(time.time() * 1000) + 30_000)
    groups.commit(admin, group, {TopicPartition(topic, 0): 2})
    newswire(*words, "--max-seconds", "10")
    assert "no offsets" in newswire("lag", "--group", group + "x", code=1).stderr
    assert "no topic" in newswire(*words, "--topic", topic + "x", code=2).stderr


def test_a_watch_sees_through_a_broker_that_does_not_answer_for_a_while(
    newswire: Run, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch, group: str
) -> None:
    topic, asked = make_topic(), 0

    def now_and_then(*words: Any) -> list[Lag]:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise NodeNotReadyError
        if asked == 4:
            raise KeyboardInterrupt
        return lag(*words)

    monkeypatch.setattr("streams.commands.lag.lag", now_and_then)
    words = ("lag", "--group", group, "--topic", topic, "--watch", "0.2", "--json")
    said = [json.loads(line) for line in newswire(*words).stdout.splitlines()]
    assert [(found["group"], found["records"]) for found in said] == [(group, 0)] * 2


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (["--to-earliest"], 0),
        (["--to-latest"], 10),
        (["--to-offset", "3"], 3),
        (["--to-offset", "30"], 10),
        (["--shift-by", "-2"], 4),
        (["--shift-by", "-200"], 0),
        (["--to-datetime", "2026-09-21T14:13:27Z"], 7),
        (["--to-datetime", "2026-09-22"], 10),
    ],
)
def test_reset(
    newswire_json: RunJson,
    make_topic: MakeTopic,
    send: Send,
    admin: KafkaAdminClient,
    group: str,
    words: list[str],
    after: int,
) -> None:
    topic = make_topic()
    for second in range(10):
        send(topic, b"x", timestamp_ms=1_790_000_000_000 + second * 1000)
    groups.commit(admin, group, {TopicPartition(topic, 0): 6})
    command = ("offsets", "reset", "--group", group, "--topic", topic, *words)
    move = {"topic": topic, "partition": 0, "before": 6, "after": after}
    assert newswire_json(*command)["moves"] == [move]
    assert committed(admin, group) == {0: 6}, "a dry run moves nothing"
    assert newswire_json(*command, "--execute")["moves"] == [move]
    assert committed(admin, group) == {0: after}


def test_only_the_named_partitions(
    newswire: Run, make_topic: MakeTopic, admin: KafkaAdminClient, group: str, send: Send
) -> None:
    topic = make_topic(partitions=3)
    for n in range(3):
        send(topic, b"x", b"y", partition=n)
    groups.commit(admin, group, {TopicPartition(topic, n): 1 for n in range(3)})
    words = ("offsets", "reset", "--group", group, "--to-latest", "--execute")
    newswire(*words, "--topic", topic + ":0,2")
    assert committed(admin, group) == {0: 2, 1: 1, 2: 2}
    assert "partitions 0 to 2" in newswire(*words, "--topic", topic + ":3", code=2).stderr
    assert "exactly one" in newswire(*words, "--topic", topic, "--to-earliest", code=2).stderr


def test_an_active_group_is_refused(
    newswire: Run, make_topic: MakeTopic, broker: LocalCluster, group: str, send: Send
) -> None:
    topic = make_topic()
    send(topic, b"x")
    consumer = KafkaConsumer(
        topic, bootstrap_servers=broker.bootstrap, group_id=group, auto_offset_reset="earliest"
    )
    assert consumer.poll(20_000)
    words = ("offsets", "reset", "--group", group, "--topic", topic, "--to-earliest", "--execute")
    assert "1 member" in newswire(*words, code=1).stderr
    consumer.close()
    newswire(*words)
