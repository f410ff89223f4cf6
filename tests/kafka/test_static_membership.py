"""Static membership on a real broker: kept through a crash, given up by a stop in order."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from ops import groups
from ops.broker import LocalCluster
from streams.topology import RAW, TAGGED, UNIQUE, UNROUTED
from tests.workers import Reader, WorkerProcess, create_topics, send, start_at_end, wait_for

pytestmark = pytest.mark.kafka
Name = Callable[[str], str]
IN_TIME_SECONDS = 15
"""Far under the session's timeout: nobody waits for the one that was told to stop."""
INPUTS = (RAW, UNIQUE, TAGGED)
ITS_NAME_IS_TAKEN = 4


def test_a_crash_moves_nobody_and_a_stop_gives_way_at_once(
    broker: LocalCluster, unique_name: Name, tmp_path: Path
) -> None:
    group, servers = unique_name("group"), broker.bootstrap
    out = started(servers, group)

    def worker(name: str) -> WorkerProcess:
        return WorkerProcess(servers, group, tmp_path, instance_id=name, session_timeout="60")

    def feed() -> None:
        send(servers, RAW, ((b"k%d" % n, b"%s %d" % (group.encode(), n)) for n in range(60)))

    def rebalances() -> int:
        lines = broker.nodes[1].log_file.read_text(errors="replace").splitlines()
        return sum("Preparing to rebalance group" in line and group in line for line in lines)

    with worker("w-0") as first, worker("w-1") as second:
        wait_for(lambda: shares(first, 3) and shares(second, 3), 60, first.text)
        before = rebalances()
        assert before > 0
        second.kill()
        with worker("w-1") as again:
            wait_for(lambda: shares(again, 3), 60, again.text)
            feed()
            wait_for(lambda: len(out.poll()) >= 60, 30, again.text)
            assert rebalances() == before
            feed()
            assert again.stop() == 0
            feed()
            wait_for(lambda: len(out.poll()) >= 180, IN_TIME_SECONDS, first.text)
            wait_for(lambda: shares(first, 6), IN_TIME_SECONDS, first.text)
            assert rebalances() == before + 1


def test_of_two_workers_with_one_name_the_older_stops(
    broker: LocalCluster, unique_name: Name, tmp_path: Path
) -> None:
    group, servers = unique_name("group"), broker.bootstrap
    out = started(servers, group)
    sent = {b"%s %d" % (group.encode(), n) for n in range(200)}

    def worker() -> WorkerProcess:
        return WorkerProcess(servers, group, tmp_path, instance_id="w-0", session_timeout="60")

    with worker() as older:
        wait_for(lambda: shares(older, 6), 60, older.text)
        with worker() as newer:
            wait_for(lambda: shares(newer, 6), 60, newer.text)
            send(servers, RAW, ((value, value) for value in sent))
            assert older.wait() == ITS_NAME_IS_TAKEN
            assert f"another worker of group {group} took the name w-0" in older.text()
            assert "Traceback" not in older.text()
            wait_for(lambda: values(out) >= sent, 30, newer.text)
            assert newer.stop() == 0


def test_a_named_worker_that_slept_past_its_session_joins_again(
    broker: LocalCluster, unique_name: Name, tmp_path: Path
) -> None:
    create_topics(broker.bootstrap)
    group, servers = unique_name("group"), broker.bootstrap
    start_at_end(servers, group, INPUTS)
    with (
        WorkerProcess(servers, group, tmp_path, instance_id="w-0", session_timeout="6") as worker,
        KafkaAdminClient(bootstrap_servers=servers) as admin,
    ):
        wait_for(lambda: shares(worker, 6), 60, worker.text)
        worker.signal(signal.SIGSTOP)
        wait_for(lambda: not groups.describe(admin, group)["members"], 30)
        worker.signal(signal.SIGCONT)
        wait_for(lambda: groups.describe(admin, group)["members"], 30, worker.text)
        assert worker.stop() == 0


def started(servers: str, group: str) -> Reader:
    """A group that begins at the ends of its topics, and a reader of what comes out from now on."""
    create_topics(servers)
    begin = start_at_end(servers, group, (*INPUTS, UNROUTED))
    return Reader(servers, {tp: o for tp, o in begin.items() if tp.topic == UNROUTED})


def values(reader: Reader) -> set[bytes]:
    """The values of all that came."""
    return {record.value for record in reader.poll()}  # type: ignore[attr-defined]


def shares(worker: WorkerProcess, count: int) -> bool:
    """Whether the worker has so many of the raw topic's partitions."""
    return f'newswire_partitions{{topic="news.raw"}} {count}.0' in worker.get("/metrics")[1]
