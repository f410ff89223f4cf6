"""Real Kafka for the tests that ask for it; started once, gone with the session."""

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from ops.broker import Listener, LocalCluster, Secrets
from tests.certificates import Certificates, make_certificates

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("newswire", deadline=None)
settings.load_profile("newswire")
CLUSTERS = pytest.StashKey[dict[str, LocalCluster]]()
MakeTopic = Callable[..., str]
_numbers = itertools.count()


@dataclass(frozen=True)
class SecureBroker:
    """A broker with SASL and TLS listeners; `cluster.bootstrap` is its plain one."""

    cluster: LocalCluster
    certificates: Certificates
    user: str = "alice"
    password: str = "alice-secret"


def pytest_configure(config: pytest.Config) -> None:
    """Room for the clusters, so that a failure can show their logs."""
    config.stash[CLUSTERS] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed test that used a cluster shows the end of its logs."""
    report = yield
    if report is not None and report.failed:
        for name, cluster in item.config.stash[CLUSTERS].items():
            if name in getattr(item, "fixturenames", ()):
                report.sections.append((f"Kafka: {name}", cluster.log_tail()))
    return report


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest) -> Iterator[LocalCluster]:
    """One plain node; NEWSWIRE_TEST_HEAP_MB sets its heap."""
    heap = int(os.environ.get("NEWSWIRE_TEST_HEAP_MB", "384"))
    with LocalCluster(heap_megabytes=heap) as cluster:
        request.config.stash[CLUSTERS]["broker"] = cluster
        yield cluster


@pytest.fixture(scope="session")
def _three_nodes(request: pytest.FixtureRequest) -> Iterator[LocalCluster]:
    with LocalCluster(nodes=3) as cluster:
        request.config.stash[CLUSTERS]["cluster"] = cluster
        yield cluster


@pytest.fixture
def cluster(_three_nodes: LocalCluster) -> Iterator[LocalCluster]:
    """Three nodes for chaos; nodes that the test killed are started again after it."""
    yield _three_nodes
    for node_id in _three_nodes.nodes:
        if not _three_nodes.alive(node_id):
            _three_nodes.restart(node_id)


@pytest.fixture(scope="session")
def secure_broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecureBroker]:
    """One node with SASL_PLAINTEXT, SASL_SSL and SSL (mutual TLS) listeners besides plain."""
    made = make_certificates(tmp_path_factory.mktemp("certificates"))
    listeners = (Listener("SASL_PLAINTEXT"), Listener("SASL_SSL"), Listener("SSL", mutual=True))
    users = {SecureBroker.user: SecureBroker.password}
    secrets = Secrets(keystore=made.broker, authorities=made.authority, users=users)
    with LocalCluster(listeners=listeners, secrets=secrets) as cluster:
        request.config.stash[CLUSTERS]["secure_broker"] = cluster
        yield SecureBroker(cluster, made)


@pytest.fixture(scope="session")
def admin(broker: LocalCluster) -> Iterator[KafkaAdminClient]:
    """kafka-python's admin client on `broker`."""
    client = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    yield client
    client.close()


@pytest.fixture
def unique_name(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Turns a base into a name that no other test of the session has (topics, groups)."""

    def make(base: str) -> str:
        stem = "".join(c if c.isalnum() else "-" for c in request.node.name)[:40]
        return f"{base}.{stem}.{next(_numbers)}"

    return make


@pytest.fixture
def make_topic(admin: KafkaAdminClient, unique_name: Callable[[str], str]) -> MakeTopic:
    """`make_topic(base="t", partitions=1, **config) -> name`: a new topic on `broker`.

    It keeps records for ever: tests send some of times long past.
    """

    def make(base: str = "t", partitions: int = 1, **config: str) -> str:
        name = unique_name(base)
        wanted = {"retention.ms": "-1"}
        wanted |= {key.replace("_", "."): value for key, value in config.items()}
        admin.create_topics([NewTopic(name, partitions, 1, topic_configs=wanted)])
        admin.wait_for_topics([name])
        return name

    return make


@pytest.fixture
def private_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State of commands (XDG_STATE_HOME) in a folder of the test; the cache stays shared."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path
