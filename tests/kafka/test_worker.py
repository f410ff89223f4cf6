"""The worker on a real broker: it works, refuses to lose, stops in order, says what is wrong."""

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from ops.broker import LocalCluster
from streams.topology import DLQ, RAW, TAGGED, UNIQUE, UNROUTED
from tests.workers import (
    Reader,
    WorkerProcess,
    committed,
    create_topics,
    ends,
    send,
    start_at_end,
    wait_for,
)

pytestmark = pytest.mark.kafka
TOPICS = (RAW, UNIQUE, TAGGED, UNROUTED, DLQ)
Name = Callable[[str], str]


@pytest.fixture(scope="session")
def topics(broker: LocalCluster) -> str:
    create_topics(broker.bootstrap)
    return broker.bootstrap


def values(reader: Reader) -> list[bytes | None]:
    records: list[Any] = reader.poll()
    return [record.value for record in records]


def test_records_pass_all_agents_once_and_are_committed(
    topics: str, unique_name: Name, tmp_path: Path
) -> None:
    group = unique_name("group")
    begin = start_at_end(topics, group, TOPICS)
    out = Reader(topics, {tp: o for tp, o in begin.items() if tp.topic == UNROUTED})
    sent = [b"%s %d" % (group.encode(), n) for n in range(500)]
    send(topics, RAW, ((b"k%d" % (n % 7), value) for n, value in enumerate(sent)))
    with WorkerProcess(topics, group, tmp_path, stage_mode="process") as worker:
        worker.wait_ready()
        wait_for(lambda: len(values(out)) >= 500, 30, worker.text)
        assert worker.get("/live") == (200, "ok\n")
        assert 'newswire_records_total{stage="route"} 500.0' in worker.get("/metrics")[1]
        assert worker.stop() == 0
    assert sorted(v for v in values(out) if v) == sorted(sent)
    ended = {(tp.topic, tp.partition): offset for tp, offset in ends(topics, TOPICS).items()}
    assert {tp: o for tp, o in committed(topics, group).items() if tp[0] == TAGGED} == {
        tp: o for tp, o in ended.items() if tp[0] == TAGGED
    }


def test_a_dead_letter_keeps_its_bytes_and_says_why(
    topics: str, unique_name: Name, tmp_path: Path
) -> None:
    group = unique_name("group")
    begin = start_at_end(topics, group, TOPICS)
    out = Reader(topics, {tp: o for tp, o in begin.items() if tp.topic == DLQ})
    good = group.encode()
    send(topics, UNIQUE, [(b"key", None), (b"key", good)])
    with WorkerProcess(topics, group, tmp_path, only=["tag"]) as worker:
        wait_for(lambda: values(out), 30, worker.text)
    record: Any = out.poll()[0]
    headers = dict(record.headers)
    assert (record.key, record.value) == (b"key", None)
    assert headers["dlq.topic"] == UNIQUE.encode()
    assert headers["dlq.reason"] == b"null_value"
    assert headers["dlq.stage"] == b"tag"
    assert headers["dlq.attempt"] == b"1"
    assert int(headers["dlq.offset"]) >= 0


def test_sigterm_finishes_what_is_in_hand(topics: str, unique_name: Name, tmp_path: Path) -> None:
    group = unique_name("group")
    begin = start_at_end(topics, group, TOPICS)
    out = Reader(topics, {tp: o for tp, o in begin.items() if tp.topic == TAGGED})
    slow = "tests.kafka.bad_stages:slow"
    with WorkerProcess(topics, group, tmp_path, slow, only=["tag"]) as worker:
        worker.wait_ready()
        send(topics, UNIQUE, [(b"k", b"%s %d" % (group.encode(), n)) for n in range(20)])
        wait_for(lambda: "slow stage begins" in worker.text(), 20, worker.text)
        assert worker.stop() == 0
    done = len(values(out))
    assert done > 0
    moved = sum(
        offset - begin_offset
        for tp, offset in committed(topics, group).items()
        for begun, begin_offset in begin.items()
        if tp == (begun.topic, begun.partition) and tp[0] == UNIQUE
    )
    assert moved == done


def test_a_rebalance_commits_what_is_done_first(
    topics: str, unique_name: Name, tmp_path: Path
) -> None:
    group = unique_name("group")
    begin = start_at_end(topics, group, TOPICS)
    out = Reader(topics, {tp: o for tp, o in begin.items() if tp.topic == TAGGED})
    sent = [b"%s %d" % (group.encode(), n) for n in range(100)]

    def worker() -> WorkerProcess:
        return WorkerProcess(topics, group, tmp_path, only=["tag"], commit_interval="60")

    with worker() as first:
        first.wait_ready()
        send(topics, UNIQUE, ((b"k%d" % n, value) for n, value in enumerate(sent)))
        wait_for(lambda: len(values(out)) >= 100, 30, first.text)
        with worker() as second:
            second.wait_ready()
            send(topics, UNIQUE, ((b"k%d" % n, b"last") for n in range(100)))
            wait_for(lambda: values(out).count(b"last") >= 100, 30, second.text)
    assert sorted(v for v in values(out) if v and v != b"last") == sorted(sent)


def test_gaps_that_transactions_and_aborts_leave_are_passed_over(
    topics: str, unique_name: Name, tmp_path: Path
) -> None:
    group = unique_name("group")
    begin = start_at_end(topics, group, TOPICS)
    out = Reader(topics, {tp: o for tp, o in begin.items() if tp.topic == TAGGED})

    async def feed() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=topics, transactional_id=group)
        await producer.start()
        for n in range(12):
            await producer.begin_transaction()
            sending = [await producer.send(UNIQUE, b"%d" % n, b"key") for _ in range(3)]
            await asyncio.gather(*sending)
            await (producer.abort_transaction if n % 3 == 1 else producer.commit_transaction)()
        await producer.stop()

    asyncio.run(feed())
    good = sorted(b"%d" % n for n in range(12) if n % 3 != 1 for _ in range(3))
    options = {"batch_records": "4", "commit_interval": "0.1"}
    with WorkerProcess(topics, group, tmp_path, only=["tag"], **options) as worker:
        wait_for(lambda: len(values(out)) >= len(good), 60, worker.text)
        assert worker.stop() == 0
    with WorkerProcess(topics, group, tmp_path, only=["tag"], **options) as worker:
        worker.wait_ready()
        send(topics, UNIQUE, [(b"key", b"last")])
        wait_for(lambda: b"last" in values(out), 60, worker.text)
    assert sorted(v for v in values(out) if v and v != b"last") == good


def test_no_broker_is_said_and_is_exit_code_3(tmp_path: Path) -> None:
    worker = WorkerProcess("127.0.0.1:1", "g", tmp_path, args=["--wait", "1"]).start()
    assert worker.process is not None
    assert worker.process.wait(30) == 3
    assert "worker: no broker at 127.0.0.1:1" in worker.text()


def test_live_answers_while_a_stage_computes(
    topics: str, unique_name: Name, tmp_path: Path
) -> None:
    group = unique_name("group")
    start_at_end(topics, group, TOPICS)
    slow = "tests.kafka.bad_stages:slow"
    with WorkerProcess(topics, group, tmp_path, slow, only=["tag"]) as worker:
        worker.wait_ready()
        send(topics, UNIQUE, [(b"k", b"x")])
        wait_for(lambda: "slow stage begins" in worker.text(), 20, worker.text)
        begun = time.monotonic()
        assert worker.get("/live")[0] == 200
        assert time.monotonic() - begun < 1
        assert "slow stage ends" not in worker.text()


def test_sigusr1_is_survived(topics: str, unique_name: Name, tmp_path: Path) -> None:
    with WorkerProcess(topics, unique_name("g"), tmp_path, only=["route"]) as worker:
        worker.wait_ready().signal(signal.SIGUSR1)
        time.sleep(0.5)
        assert worker.get("/live")[0] == 200


@pytest.mark.parametrize("mode", ["thread", "process"])
def test_stages_that_do_not_load_are_named_in_the_last_line(
    topics: str, unique_name: Name, tmp_path: Path, mode: str
) -> None:
    group = unique_name("group")
    with WorkerProcess(topics, group, tmp_path, "no.such:stages", stage_mode=mode) as worker:
        assert worker.wait() == 1
    assert worker.text().splitlines()[-1].startswith("worker: no.such:stages does not load: ")
