"""Static membership on a real broker: who comes back in time moves nobody's partitions."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.broker import LocalCluster
from streams.topology import RAW, TAGGED, UNIQUE, UNROUTED
from tests.workers import Reader, WorkerProcess, create_topics, send, start_at_end, wait_for

pytestmark = pytest.mark.kafka
Name = Callable[[str], str]
INPUTS = (RAW, UNIQUE, TAGGED)


def test_a_restart_in_time_is_no_rebalance(
    broker: LocalCluster, unique_name: Name, tmp_path: Path
) -> None:
    create_topics(broker.bootstrap)
    group, servers = unique_name("group"), broker.bootstrap
    begin = start_at_end(servers, group, (*INPUTS, UNROUTED))
    out = Reader(servers, {tp: o for tp, o in begin.items() if tp.topic == UNROUTED})

    def worker(name: str) -> WorkerProcess:
        return WorkerProcess(servers, group, tmp_path, instance_id=name, session_timeout="60")

    def rebalances() -> int:
        lines = broker.nodes[1].log_file.read_text(errors="replace").splitlines()
        return sum("Preparing to rebalance group" in line and group in line for line in lines)

    with worker("w-0") as first, worker("w-1") as second:
        wait_for(lambda: shares(first) and shares(second), 60, first.text)
        before = rebalances()
        assert before > 0
        assert second.stop() == 0
        with worker("w-1") as again:
            wait_for(lambda: shares(again), 60, again.text)
            send(servers, RAW, ((b"k%d" % n, b"%s %d" % (group.encode(), n)) for n in range(60)))
            wait_for(lambda: len(out.poll()) >= 60, 30, again.text)
            assert rebalances() == before
            with worker("") as passing:
                wait_for(lambda: rebalances() == before + 1, 60, passing.text)


def shares(worker: WorkerProcess) -> bool:
    """Whether the worker has its half of the raw topic's partitions."""
    return 'newswire_partitions{topic="news.raw"} 3.0' in worker.get("/metrics")[1]
