"""The worker over SASL and TLS, with the secret from a file and nowhere to be seen."""

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.topology import RAW, TAGGED, UNIQUE, UNROUTED
from tests.conftest import SecureBroker
from tests.workers import Reader, WorkerProcess, create_topics, send, start_at_end, wait_for

pytestmark = pytest.mark.kafka
Name = Callable[[str], str]


@pytest.mark.parametrize(
    ("protocol", "mechanism"),
    [("SASL_SSL", "SCRAM-SHA-512"), ("SASL_PLAINTEXT", "PLAIN"), ("SSL", "PLAIN")],
)
def test_a_worker_works_over_a_secured_listener(
    secure_broker: SecureBroker, unique_name: Name, tmp_path: Path, protocol: str, mechanism: str
) -> None:
    plain, made = secure_broker.cluster.bootstrap, secure_broker.certificates
    create_topics(plain)
    group = unique_name("group").replace("[", "").replace("]", "")
    begin = start_at_end(plain, group, (RAW, UNIQUE, TAGGED, UNROUTED))
    out = Reader(plain, {tp: o for tp, o in begin.items() if tp.topic == UNROUTED})
    secret = tmp_path / "secret"
    secret.write_text(secure_broker.password + "\n")
    options = {
        "security_protocol": protocol,
        "sasl_mechanism": mechanism,
        "sasl_username": secure_broker.user,
        "sasl_password_file": str(secret),
        "ssl_ca_file": str(made.authority),
        "ssl_cert_file": str(made.client_certificate),
        "ssl_key_file": str(made.client_key),
    }
    secured = secure_broker.cluster.bootstrap_for(protocol)  # type: ignore[arg-type]
    with WorkerProcess(secured, group, tmp_path, **options) as worker:
        worker.wait_ready()
        send(plain, RAW, [(b"k%d" % n, b"%s %d" % (group.encode(), n)) for n in range(50)])
        wait_for(lambda: len(out.poll()) >= 50, 60, worker.text)
        assert secure_broker.password not in worker.get("/metrics")[1]
        assert worker.stop() == 0
    assert secure_broker.password not in worker.text()


def test_a_wrong_password_is_said_without_being_shown(
    secure_broker: SecureBroker, tmp_path: Path
) -> None:
    options = {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_username": secure_broker.user,
        "sasl_password": "wrong-and-secret",
    }
    secured = secure_broker.cluster.bootstrap_for("SASL_PLAINTEXT")
    worker = WorkerProcess(secured, "g", tmp_path, args=["--wait", "2"], **options).start()
    assert worker.process is not None
    assert worker.process.wait(60) == 3
    assert "worker: no broker" in worker.text()
    assert "uthenticat" in worker.text()
    assert "wrong-and-secret" not in worker.text()
