"""The local broker itself: it serves, survives the loss of a node, is secured, leaves nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

from ops.broker import LocalCluster
from ops.broker.process import command_line
from streams.commands.broker import command
from tests.conftest import MakeTopic, SecureBroker
from tests.workers import wait_for

pytestmark = pytest.mark.kafka


def test_a_record_sent_is_read_back(broker: LocalCluster, make_topic: MakeTopic) -> None:
    topic = make_topic(partitions=2)
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    producer.send(topic, b"value", key=b"key", headers=[("h", b"1")]).get(10)
    producer.close()
    consumer = KafkaConsumer(
        topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest"
    )
    records = [r for rs in consumer.poll(10_000).values() for r in rs]
    consumer.close()
    assert [(r.key, r.value, list(r.headers)) for r in records] == [
        (b"key", b"value", [("h", b"1")])
    ]


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL", "SSL"])
def test_secured_listeners_let_the_right_client_in(
    secure_broker: SecureBroker, protocol: str
) -> None:
    made = secure_broker.certificates
    client = KafkaAdminClient(
        bootstrap_servers=secure_broker.cluster.bootstrap_for(protocol),  # type: ignore[arg-type]
        security_protocol=protocol,
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=secure_broker.user,
        sasl_plain_password=secure_broker.password,
        ssl_cafile=str(made.authority),
        ssl_certfile=str(made.client_certificate),
        ssl_keyfile=str(made.client_key),
    )
    client.create_topics([NewTopic(f"secured.{protocol}", 1, 1)])
    assert f"secured.{protocol}" in client.list_topics()
    client.close()


GUARDED = """
import subprocess, sys, time
from ops.broker import LocalCluster
cluster = LocalCluster().start()
code = f"import time; time.sleep(600)  # {cluster.folder}"
helper = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
cluster.adopt(helper.pid)
print(cluster.pids[1], helper.pid, cluster.folder, flush=True)
time.sleep(600)
"""


def test_a_killed_parent_leaves_no_broker_and_no_data() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", GUARDED],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as parent:
        assert parent.stdout is not None
        pid, helper, folder = parent.stdout.readline().split()
        assert folder in command_line(int(pid))
        assert folder in command_line(int(helper))
        parent.send_signal(signal.SIGKILL)
    wait_for(lambda: not command_line(int(pid)) and not Path(folder).exists())
    assert not command_line(int(helper))


def test_up_status_down(private_home: Path) -> None:
    run = CliRunner().invoke
    assert run(command, ["status"]).exit_code == 1
    first = json.loads(run(command, ["up", "--port", "0", "--json"]).stdout)
    try:
        assert first["running"]
        assert first["folder"].startswith(str(private_home))
        assert json.loads(run(command, ["up", "--json"]).stdout)["nodes"] == first["nodes"]
        assert run(command, ["status", "--json"]).exit_code == 0
        assert KafkaAdminClient(bootstrap_servers=first["bootstrap"]).list_topics() == []
    finally:
        run(command, ["down", "--delete"])
    assert not command_line(first["nodes"][0]["pid"])
    assert not list(Path(first["folder"]).glob("node-*"))
    assert run(command, ["status"]).exit_code == 1


@pytest.mark.chaos
def test_acknowledged_records_survive_a_killed_node(cluster: LocalCluster) -> None:
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    topic = f"chaos.{os.getpid()}"
    admin.create_topics([NewTopic(topic, 3, 3)])
    producer = KafkaProducer(bootstrap_servers=cluster.bootstrap, acks="all", retries=20)
    before = [producer.send(topic, b"%d" % n) for n in range(50)]
    producer.flush()
    cluster.kill(1)
    after = [producer.send(topic, b"%d" % n) for n in range(50, 100)]
    assert all(future.get(60) for future in before + after)
    cluster.restart(1)
    consumer = KafkaConsumer(
        topic, bootstrap_servers=cluster.bootstrap, auto_offset_reset="earliest"
    )
    seen: set[int] = set()
    wait_for(lambda: seen.update(_poll(consumer)) or len(seen) == 100, 30)  # type: ignore[func-returns-value]
    assert seen == set(range(100))


def _poll(consumer: KafkaConsumer) -> set[int]:
    return {int(r.value) for records in consumer.poll(500).values() for r in records}
