"""Faults around a worker, each with its outcome: nothing is lost, the reason is written down."""

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.structs import TopicPartition

from ops.broker import LocalCluster
from streams.topology import DLQ, TAGGED, UNIQUE
from tests.workers import (
    Reader,
    WorkerProcess,
    committed,
    create_topics,
    send,
    start_at_end,
    wait_for,
)

pytestmark = pytest.mark.kafka
TOPICS = (UNIQUE, TAGGED, DLQ)
FAULTY = "tests.kafka.bad_stages:faulty"
Name = Callable[[str], str]


class Bench:
    """A group that begins at the ends, and readers of the tag stage's two outputs."""

    def __init__(self, bootstrap: str, group: str, folder: Path) -> None:
        self.bootstrap, self.group, self.folder = bootstrap, group, folder
        self.begin = start_at_end(bootstrap, group, TOPICS)
        self.out, self.dlq = self._reader(TAGGED), self._reader(DLQ)

    def _reader(self, topic: str) -> Reader:
        return Reader(self.bootstrap, {tp: o for tp, o in self.begin.items() if tp.topic == topic})

    def worker(self, **environment: str) -> WorkerProcess:
        mode = {"stage_mode": "process", **environment}
        return WorkerProcess(self.bootstrap, self.group, self.folder, FAULTY, only=["tag"], **mode)

    def send(self, *values: bytes | None) -> None:
        send(self.bootstrap, UNIQUE, [(b"key", value) for value in values])

    def tagged(self) -> list[bytes]:
        records: list[Any] = self.out.poll()
        return [record.value for record in records]

    def buried(self) -> list[tuple[bytes, bytes]]:
        """(reason, value) of each dead letter."""
        records: list[Any] = self.dlq.poll()
        return [(dict(r.headers)["dlq.reason"], r.value) for r in records]

    def moved(self) -> int:
        """How many records the group's offsets have moved over."""
        found = committed(self.bootstrap, self.group)
        return sum(
            found.get((tp.topic, tp.partition), o) - o
            for tp, o in self.begin.items()
            if tp.topic == UNIQUE
        )


@pytest.fixture(scope="module")
def bootstrap(broker: LocalCluster) -> str:
    create_topics(broker.bootstrap)
    return broker.bootstrap


@pytest.fixture
def bench(bootstrap: str, unique_name: Name, tmp_path: Path) -> Bench:
    return Bench(bootstrap, unique_name("group"), tmp_path)


def test_one_bad_record_of_each_kind_costs_one_dead_letter(bench: Bench) -> None:
    bench.send(b"a", b"raise", b"b", b"refuse", None, b"c", b"die", b"d")
    with bench.worker() as worker:
        wait_for(lambda: len(bench.buried()) >= 3 and len(bench.tagged()) >= 5, 120, worker.text)
        assert worker.stop() == 0
    assert sorted(bench.tagged()) == [b"", b"a", b"b", b"c", b"d"]
    assert sorted(bench.buried()) == [
        (b"invalid_record", b"refuse"),
        (b"killed_worker", b"die"),
        (b"stage_failed", b"raise"),
    ]
    assert bench.moved() == 8


def test_a_hung_stage_is_stopped_and_only_the_hanging_record_is_a_dead_letter(
    bench: Bench,
) -> None:
    bench.send(b"a", b"hang", b"b")
    with bench.worker(stage_timeout="1.5") as worker:
        wait_for(lambda: bench.buried() and len(bench.tagged()) >= 2, 60, worker.text)
        assert worker.get("/live")[0] == 200
    assert bench.buried() == [(b"stage_timeout", b"hang")]
    assert sorted(bench.tagged()) == [b"a", b"b"]


def test_the_third_attempt_of_a_record_that_kills_the_worker_goes_to_the_dlq(
    bench: Bench,
) -> None:
    bench.send(b"a", b"die", b"b")
    for _ in range(2):
        with bench.worker(stage_mode="thread") as worker:
            assert worker.process is not None
            worker.process.wait(60)
    with bench.worker(stage_mode="thread") as worker:
        wait_for(lambda: bench.buried() and len(bench.tagged()) >= 2, 60, worker.text)
        assert worker.stop() == 0
    assert bench.buried() == [(b"killed_worker", b"die")]
    assert sorted(bench.tagged()) == [b"a", b"b"]


def test_oversize_outputs_and_unknown_topics_become_dead_letters_of_their_records_alone(
    bench: Bench,
) -> None:
    bench.send(b"a", b"large one", b"unknown-topic", b"b", b"large two")
    limits = {"unknown_topic_grace": "1", "max_output_bytes": "99000000"}
    with bench.worker(create_output_topics="false", **limits) as worker:
        wait_for(lambda: len(bench.buried()) >= 3 and len(bench.tagged()) >= 2, 60, worker.text)
        assert worker.stop() == 0
    assert sorted(bench.buried()) == [
        (b"output_too_large", b"large one"),
        (b"output_too_large", b"large two"),
        (b"unknown_topic", b"unknown-topic"),
    ]
    assert sorted(bench.tagged()) == [b"a", b"b"]
    assert bench.moved() == 5


def test_an_output_over_our_own_limit_is_not_even_sent(bench: Bench) -> None:
    bench.send(b"a", b"large", b"b")
    with bench.worker(max_output_bytes="1000000") as worker:
        wait_for(lambda: bench.buried() and len(bench.tagged()) >= 2, 60, worker.text)
        assert "Renewing" not in worker.text()
    assert bench.buried() == [(b"output_too_large", b"large")]


def test_the_breaker_holds_a_poisoned_topic_until_it_is_closed(bench: Bench) -> None:
    bench.send(*[b"refuse %d" % n for n in range(60)], *[b"%d" % n for n in range(200)])
    limits = {"breaker_consecutive": "50", "breaker_retry": "3600", "batch_records": "60"}
    with bench.worker(**limits) as worker:
        wait_for(lambda: "breaker of stage tag is open" in worker.get("/ready")[1], 60, worker.text)
        time.sleep(2)
        assert (bench.buried(), bench.tagged(), bench.moved()) == ([], [], 0)
        assert 'newswire_breaker_open{stage="tag"} 1.0' in worker.get("/metrics")[1]
        assert worker.get("/live")[0] == 200
        assert worker.get("/breaker/close", "POST") == (200, '{"closed": ["tag"]}')
        wait_for(lambda: len(bench.tagged()) >= 200, 60, worker.text)
        assert worker.get("/ready")[0] == 200
    assert len(bench.buried()) == 60


def test_the_breaker_probes_by_itself_and_stays_open_on_poison(bench: Bench) -> None:
    bench.send(*[b"refuse %d" % n for n in range(60)])
    limits = {"breaker_consecutive": "50", "breaker_retry": "0.5", "batch_records": "60"}
    with bench.worker(**limits) as worker:
        pattern = re.compile(r'newswire_records_total{stage="tag"} (\d+)')
        wait_for(lambda: "Breaker of stage tag opened" in worker.text(), 60, worker.text)

        def seen() -> int:
            found = pattern.search(worker.get("/metrics")[1])
            return int(found.group(1)) if found else 0

        wait_for(lambda: seen() >= 180, 30, worker.text)
        assert bench.buried() == []
        worker.signal(signal.SIGUSR1)
        wait_for(lambda: len(bench.buried()) == 60, 30, worker.text)


def test_a_dead_letter_that_the_dlq_refuses_is_held_until_it_takes_it(bench: Bench) -> None:
    large = b"refuse " + os.urandom(3_000)

    def limit(size: str) -> None:
        admin = KafkaAdminClient(bootstrap_servers=bench.bootstrap)
        config = {"max.message.bytes": size}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, DLQ, config)])
        admin.close()

    limit("2000")
    try:
        bench.send(b"a", large)
        with bench.worker() as worker:
            wait_for(lambda: "The DLQ refuses a dead letter" in worker.text(), 60, worker.text)
            assert (bench.buried(), bench.moved()) == ([], 0)
            limit("20000000")
            wait_for(lambda: bench.buried() and bench.moved() == 2, 60, worker.text)
    finally:
        limit("20000000")
    assert bench.buried() == [(b"invalid_record", large)]


def test_a_dlq_that_is_not_there_holds_the_records(bench: Bench) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bench.bootstrap)
    bench.send(b"a", b"refuse", b"b")
    with bench.worker(delivery_timeout="1") as worker:
        wait_for(bench.buried, 60, worker.text)
        count = len([tp for tp in bench.begin if tp.topic == DLQ])
        admin.delete_topics([DLQ])
        wait_for(lambda: DLQ not in admin.list_topics())
        bench.send(b"refuse again", b"c")
        wait_for(lambda: "can't be delivered" in worker.get("/ready")[1], 90, worker.text)
        moved = bench.moved()
        admin.create_topics([NewTopic(DLQ, count, 1)])
        fresh = Reader(bench.bootstrap, {TopicPartition(DLQ, p): 0 for p in range(count)})
        wait_for(fresh.poll, 90, worker.text)
        wait_for(lambda: bench.moved() == 5, 30, worker.text)
        assert moved < 5
        wait_for(lambda: worker.get("/ready")[0] == 200, 30, worker.text)
    found: list[Any] = fresh.poll()
    assert [record.value for record in found] == [b"refuse again"]
    admin.close()
