"""Too few in-sync replicas: outputs are held, nothing is committed, and all arrives afterwards."""

from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from ops.broker import LocalCluster
from streams.topology import RAW, TAGGED, UNIQUE, UNROUTED
from tests.workers import (
    Reader,
    WorkerProcess,
    committed,
    create_topics,
    send,
    start_at_end,
    wait_for,
)

pytestmark = [pytest.mark.kafka, pytest.mark.chaos]
Name = Callable[[str], str]


def test_too_few_replicas_are_waited_for(
    cluster: LocalCluster, unique_name: Name, tmp_path: Path
) -> None:
    servers, group = cluster.bootstrap, unique_name("group")
    create_topics(servers)
    begin = start_at_end(servers, group, (RAW, UNIQUE, TAGGED, UNROUTED))
    out = Reader(servers, {tp: o for tp, o in begin.items() if tp.topic == TAGGED})
    at = {(tp.topic, tp.partition): o for tp, o in begin.items() if tp.topic == UNIQUE}

    def require(replicas: str) -> None:
        admin = KafkaAdminClient(bootstrap_servers=servers)
        config = {"min.insync.replicas": replicas}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TAGGED, config)])
        admin.close()

    def moved() -> int:
        found = committed(servers, group)
        return sum(found.get(tp, o) - o for tp, o in at.items())

    require("3")
    cluster.kill(3)
    with WorkerProcess(servers, group, tmp_path, only=["tag"], delivery_timeout="1") as worker:
        worker.wait_ready()
        send(servers, UNIQUE, [(b"k%d" % n, b"%d" % n) for n in range(20)])
        wait_for(lambda: "can't be delivered" in worker.get("/ready")[1], 60, worker.text)
        assert (out.poll(), moved()) == ([], 0)
        assert worker.get("/live")[0] == 200
        cluster.restart(3)
        wait_for(lambda: len(out.poll()) == 20 and moved() == 20, 90, worker.text)
        require("2")
        assert worker.stop() == 0
