"""Static membership on a real broker: kept through a crash, given up by a stop in order."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.broker import LocalCluster
from streams.topology import RAW, TAGGED, UNIQUE, UNROUTED
from tests.workers import Reader, WorkerProcess, create_topics, send, start_at_end, wait_for

pytestmark = pytest.mark.kafka
Name = Callable[[str], str]
IN_TIME_SECONDS = 15
"""Far under the session's timeout: nobody waits for the one that was told to stop."""
INPUTS = (RAW, UNIQUE, TAGGED)


def test_a_crash_moves_nobody_and_a_stop_gives_way_at_once(
    broker: LocalCluster, unique_name: Name, tmp_path: Path
) -> None:
    create_topics(broker.bootstrap)
    group, servers = unique_name("group"), broker.bootstrap
    begin = start_at_end(servers, group, (*INPUTS, UNROUTED))
    out = Reader(servers, {tp: o for tp, o in begin.items() if tp.topic == UNROUTED})

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


def shares(worker: WorkerProcess, count: int) -> bool:
    """Whether the worker has so many of the raw topic's partitions."""
    return f'newswire_partitions{{topic="news.raw"}} {count}.0' in worker.get("/metrics")[1]
