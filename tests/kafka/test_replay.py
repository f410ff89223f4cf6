"""Replay on a real broker: what is chosen, in which order, with which marks, resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import Result
from kafka import KafkaAdminClient, TopicPartition

from ops import groups
from streams.records import Article, RouteHit, encode
from tests.conftest import MakeTopic
from tests.kafka.conftest import ReadAll, Send
from tests.workers import wait_for

pytestmark = pytest.mark.kafka
Run = Callable[..., Result]
RunJson = Callable[..., Any]


def article(number: int, **fields: Any) -> bytes:
    return encode(Article(article_id=f"id{number}", text=f"Text {number}.", **fields))


def test_bytes_key_and_headers_stay_and_the_origin_is_marked(
    newswire_json: RunJson, make_topic: MakeTopic, send: Send, read_all: ReadAll
) -> None:
    source, target = make_topic(), make_topic()
    send(source, b"\xff\x00 raw", key=b"k", headers=[("mine", b"1"), ("replay.id", b"old")])
    report = newswire_json("replay", source, target)
    (record,) = read_all(target)
    assert (record.key, record.value) == (b"k", b"\xff\x00 raw")
    assert list(record.headers) == [
        ("mine", b"1"),
        ("replay.id", report["replay_id"].encode()),
        ("replay.origin", f"{source}:0:0".encode()),
    ]


def test_records_go_in_the_order_of_time_across_partitions(
    newswire: Run, make_topic: MakeTopic, send: Send, read_all: ReadAll
) -> None:
    source = make_topic(partitions=3, message_timestamp_type="LogAppendTime")
    target = make_topic()
    for n in range(12):
        send(source, b"%d" % n, partition=n * 7 % 3)
        time.sleep(0.002)
    newswire("replay", source, target)
    assert [record.value for record in read_all(target)] == [b"%d" % n for n in range(12)]


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["--first-offset", "2", "--end-offset", "4"], [2, 3]),
        (["--key", "k1", "--key", "k5"], [1, 5]),
        (["--article-id", "id3"], [3]),
        (["--source", "odd"], [1, 3, 5]),
        (["--route", "floods"], [4]),
        (["--where", '.text | test("[01]\\\\.$")'], [0, 1]),
        (["--source", "odd", "--where", '.article_id > "id2"'], [3, 5]),
        (["--partition", "1"], []),
    ],
)
def test_what_is_chosen(
    newswire_json: RunJson,
    make_topic: MakeTopic,
    send: Send,
    read_all: ReadAll,
    words: list[str],
    chosen: list[int],
) -> None:
    source, target = make_topic(partitions=2), make_topic()
    for n in range(6):
        routes = [RouteHit(route="floods", topic="news.topic.floods")] if n == 4 else []
        name = "odd" if n % 2 else "even"
        send(source, article(n, source=name, routes=routes), key=b"k%d" % n, partition=0)
    report = newswire_json("replay", source, target, *words)
    assert report["sent"] == len(chosen)
    assert [orjson.loads(r.value)["article_id"] for r in read_all(target)] == [
        f"id{n}" for n in chosen
    ]


def test_a_range_of_time(
    newswire_json: RunJson, make_topic: MakeTopic, send: Send, read_all: ReadAll
) -> None:
    source, target = make_topic(), make_topic()
    for second in range(5):
        send(source, b"%d" % second, timestamp_ms=1_790_000_000_000 + second * 1000)
    since, until = "2026-09-21T14:13:21Z", "2026-09-21T14:13:23Z"
    assert newswire_json("replay", source, target, "--since", since, "--until", until)["sent"] == 2
    assert [r.value for r in read_all(target)] == [b"1", b"2"]


def test_a_dry_run_counts_and_sends_nothing(
    newswire_json: RunJson, make_topic: MakeTopic, send: Send, read_all: ReadAll
) -> None:
    source, target = make_topic(), make_topic()
    send(source, b"one", b"two", b"one more")
    report = newswire_json("replay", source, target, "--where", 'startswith("one")', "--dry-run")
    assert (report["read"], report["would_send"]) == (3, 2)
    assert report["samples"][1] == {"origin": f"{source}:0:2", "value": "one more"}
    assert read_all(target) == []


def test_a_loop_is_refused_unless_told(
    newswire: Run, newswire_json: RunJson, make_topic: MakeTopic, send: Send
) -> None:
    topic = make_topic()
    send(topic, b"a", b"b")
    assert "loop" in newswire("replay", topic, topic, code=2).stderr
    report = newswire_json("replay", topic, topic, "--allow-same-topic")
    assert report["sent"] == 2, "the end is that of the start, so it ends"


def test_files_of_lines_and_of_dead_letters(
    newswire: Run, make_topic: MakeTopic, read_all: ReadAll, tmp_path: Path
) -> None:
    letter = {
        "schema": "newswire.dead-letter/1",
        "key": "aw==",
        "value": "/wA=",
        "headers": [["mine", "MQ=="]],
    }
    file = tmp_path / "news.raw.jsonl"
    file.write_text('{"text":"A body."}\n"Bare text."\n\n' + json.dumps(letter) + "\n")
    target = make_topic()
    newswire("replay", str(file), target)
    records = read_all(target)
    assert [r.value for r in records] == [b'{"text":"A body."}', b"Bare text.", b"\xff\x00"]
    assert records[2].key == b"k"
    assert ("mine", b"1") in list(records[2].headers)


def test_killed_it_goes_on_from_its_checkpoint(
    newswire_json: RunJson,
    newswire: Run,
    make_topic: MakeTopic,
    send: Send,
    read_all: ReadAll,
    tmp_path: Path,
) -> None:
    source, target, other = make_topic(partitions=2), make_topic(), make_topic()
    checkpoint = tmp_path / "checkpoint"
    send(source, *(b"%d" % n for n in range(300)))
    words = ["replay", source, target, "--since", "1h", "--checkpoint", str(checkpoint)]
    command = [str(Path(sys.executable).with_name("newswire")), *words, "--rate", "60"]
    with subprocess.Popen(command, env=os.environ) as running:
        wait_for(lambda: checkpoint.exists() and len(read_all(target)) >= 120)
        running.send_signal(signal.SIGKILL)
    before = len(read_all(target))
    assert 120 <= before < 300
    assert newswire_json(*words)["done"]
    values = [int(record.value) for record in read_all(target)]
    assert set(values) == set(range(300))
    assert len(values) - 300 <= 60, "at most what was sent since the last save comes again"
    assert newswire_json(*words)["sent"] >= 300, "run again, it says that it was done"
    assert len(read_all(target)) == len(values)
    wrong = newswire("replay", source, other, "--checkpoint", str(checkpoint), code=2)
    assert "another replay" in wrong.stderr


def test_the_rate_is_kept(newswire: Run, make_topic: MakeTopic, send: Send) -> None:
    source, target = make_topic(), make_topic()
    send(source, *(b"%d" % n for n in range(100)))
    started = time.monotonic()
    newswire("replay", source, target, "--rate", "50")
    assert time.monotonic() - started >= 1.9


def test_it_yields_while_the_group_is_behind(
    admin: KafkaAdminClient,
    make_topic: MakeTopic,
    send: Send,
    read_all: ReadAll,
    unique_name: Callable[[str], str],
    newswire: Run,
) -> None:
    del newswire
    source, target, group = make_topic(), make_topic(), unique_name("group")
    send(source, *(b"%d" % n for n in range(40)))
    send(target, b"live 1", b"live 2")
    words = ["replay", source, target, "--rate", "20", "--max-lag", "30", "--group", group]
    groups.commit(admin, group, {TopicPartition(target, 0): 0})
    command = [str(Path(sys.executable).with_name("newswire")), *words]
    with subprocess.Popen(command, env=os.environ) as running:
        wait_for(lambda: len(read_all(target)) >= 42)
        time.sleep(1.5)
        assert running.poll() is None, "it waits for the group"
        groups.commit(admin, group, {TopicPartition(target, 0): 42})
        assert running.wait(15) == 0


def test_into_shadow_topics(
    newswire: Run,
    newswire_json: RunJson,
    prefix: str,
    send: Send,
    read_all: ReadAll,
    admin: KafkaAdminClient,
) -> None:
    newswire("topics", "create")
    send(prefix + "news.unique", article(1), article(2))
    shadow = f"shadow.{prefix}"
    report = newswire_json("replay", prefix + "news.unique", "--to-shadow", "shadow.")
    assert report["target"] == f"{shadow}news.unique"
    assert len(read_all(f"{shadow}news.unique")) == 2
    assert f"{shadow}news.tagged" in admin.list_topics()


def test_what_is_wrong_is_said(newswire: Run, make_topic: MakeTopic) -> None:
    topic = make_topic()
    assert "no topic" in newswire("replay", "nowhere", topic, code=2).stderr
    assert "no topic" in newswire("replay", topic, "nowhere", code=2).stderr
    assert "jq" in newswire("replay", topic, make_topic(), "--where", ".a ==", code=2).stderr
    assert "either" in newswire("replay", topic, code=2).stderr
    other = ("--dry-run", "--partition", "7")
    assert "no partition 7" in newswire("replay", topic, make_topic(), *other, code=2).stderr


def test_the_consumer_leaves_no_group_behind(
    newswire: Run, make_topic: MakeTopic, send: Send, admin: KafkaAdminClient
) -> None:
    before = {group["group_id"] for group in admin.list_groups()}
    source, target = make_topic(), make_topic()
    send(source, b"x")
    newswire("replay", source, target)
    assert {group["group_id"] for group in admin.list_groups()} == before
