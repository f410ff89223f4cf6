"""The `server.properties` of a local node: one function from a plan to the text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
HOST = "127.0.0.1"

COMMON = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "8",
    "log.cleaner.dedupe.buffer.size": "20000000",
    "message.max.bytes": "20000000",
    "replica.fetch.max.bytes": "20000000",
}
REPLICATED = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "broker.session.timeout.ms": "6000",
    "controller.quorum.election.timeout.ms": "1000",
    "controller.quorum.fetch.timeout.ms": "2000",
}


@dataclass(frozen=True, slots=True)
class Listener:
    """A client listener besides the plain one. `mutual`: clients must show a certificate."""

    protocol: Protocol
    mutual: bool = False


@dataclass(frozen=True, slots=True)
class Secrets:
    """What secured listeners need: PEM files, and user -> password for PLAIN and SCRAM."""

    keystore: Path | None = None
    authorities: Path | None = None
    users: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """One node: id, folder, and a port for the plain, the controller and each more listener."""

    node_id: int
    folder: Path
    port: int
    controller_port: int
    more: Mapping[Listener, int] = field(default_factory=dict)

    @property
    def properties_file(self) -> Path:
        """Where its `server.properties` is."""
        return self.folder / "server.properties"

    @property
    def log_file(self) -> Path:
        """Where its output goes."""
        return self.folder / "server.log"


def server_properties(
    node: Node, nodes: list[Node], secrets: Secrets, extra: Mapping[str, str]
) -> str:
    """The text of `server.properties` for `node` among `nodes`; `extra` has the last word."""
    replicas = min(3, len(nodes))
    values = {
        **COMMON,
        **(REPLICATED if len(nodes) > 1 else {}),
        **_copies(replicas),
        "node.id": str(node.node_id),
        "log.dirs": str(node.folder / "data"),
        "controller.quorum.voters": ",".join(
            f"{n.node_id}@{HOST}:{n.controller_port}" for n in nodes
        ),
        **_listeners(node),
        **_security(node, secrets),
        **extra,
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _copies(replicas: int) -> dict[str, str]:
    in_sync = str(max(1, replicas - 1))
    return {
        "offsets.topic.replication.factor": str(replicas),
        "transaction.state.log.replication.factor": str(replicas),
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": str(replicas),
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def _listeners(node: Node) -> dict[str, str]:
    clients = [f"PLAINTEXT://{HOST}:{node.port}"]
    clients += [f"{each.protocol}://{HOST}:{port}" for each, port in node.more.items()]
    protocols = ["PLAINTEXT", *(each.protocol for each in node.more)]
    return {
        "listeners": ",".join([*clients, f"CONTROLLER://{HOST}:{node.controller_port}"]),
        "advertised.listeners": ",".join(clients),
        "listener.security.protocol.map": ",".join(
            ["CONTROLLER:PLAINTEXT", *(f"{p}:{p}" for p in protocols)]
        ),
    }


def _security(node: Node, secrets: Secrets) -> dict[str, str]:
    values: dict[str, str] = {}
    for each in node.more:
        prefix = f"listener.name.{each.protocol.lower()}."
        if "SSL" in each.protocol:
            values |= _tls(prefix, secrets, mutual=each.mutual)
        if "SASL" in each.protocol:
            values |= _sasl(prefix, secrets)
    return values


def _tls(prefix: str, secrets: Secrets, *, mutual: bool) -> dict[str, str]:
    return {
        prefix + "ssl.keystore.type": "PEM",
        prefix + "ssl.keystore.location": str(secrets.keystore),
        prefix + "ssl.truststore.type": "PEM",
        prefix + "ssl.truststore.location": str(secrets.authorities),
        prefix + "ssl.client.auth": "required" if mutual else "none",
    }


def _sasl(prefix: str, secrets: Secrets) -> dict[str, str]:
    package = "org.apache.kafka.common.security"
    users = " ".join(f'user_{name}="{password}"' for name, password in secrets.users.items())
    scram = f"{package}.scram.ScramLoginModule required;"
    return {
        prefix + "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        prefix + "plain.sasl.jaas.config": f"{package}.plain.PlainLoginModule required {users};",
        prefix + "scram-sha-256.sasl.jaas.config": scram,
        prefix + "scram-sha-512.sasl.jaas.config": scram,
    }
