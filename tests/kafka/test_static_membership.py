"""Static membership on a real broker: a worker that comes back in time moves nobody's partitions."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.broker import LocalCluster
from streams.topology import RAW, TAGGED, UNIQUE, UNROUTED
from tests.workers import Reader, WorkerProcess, create_topics, send, start_at_end, wait_for

pytestmark = pytest.mark.kafka
Name = Callable[[str], str]
INPUTS = (RAW, UNIQUE, TAGGED)


def rebalances(broker: LocalCluster, group: str) -> int:
    """How often the broker began to rebalance the group, by its own log."""
    log = broker.nodes[1].log_file.read_text(errors="replace")
    return sum(
        "Preparing to rebalance group" in line and group in line for line in log.splitlines()
    )


@pytest.mark.parametrize("static", [True, False])
def test_a_restart_in_time_is_no_rebalance(
    broker: LocalCluster, unique_name: Name, tmp_path: Path, static: bool
) -> None:
    create_topics(broker.bootstrap)
    group, servers = unique_name("group"), broker.bootstrap
    begin = start_at_end(servers, group, (*INPUTS, UNROUTED))
    out = Reader(servers, {tp: o for tp, o in begin.items() if tp.topic == UNROUTED})

    def worker(number: int) -> WorkerProcess:
        name = f"w-{number}" if static else ""
        return WorkerProcess(servers, group, tmp_path, instance_id=name, session_timeout="30")

    with worker(0) as first, worker(1) as second:
        first.wait_ready()
        second.wait_ready()
        wait_for(lambda: shares(first) and shares(second), 30, lambda: first.text() + second.text())
        before = rebalances(broker, group)
        assert before > 0
        assert second.stop() == 0
        with worker(1) as again:
            again.wait_ready()
            send(servers, RAW, ((b"k%d" % n, b"%s %d" % (group.encode(), n)) for n in range(60)))
            wait_for(lambda: len(out.poll()) >= 60, 30, again.text)
            wait_for(lambda: shares(again), 10, again.text)
            assert (rebalances(broker, group) == before) is static


def shares(worker: WorkerProcess) -> bool:
    """Whether the worker has a part of the raw topic's partitions, not all."""
    return 'newswire_partitions{topic="news.raw"} 3.0' in worker.get("/metrics")[1]
