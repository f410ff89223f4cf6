"""Create the topics of the catalogue, and say how those that exist differ from it."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic

from ops import clients
from streams import topics
from streams.topics import TopicSpec, full_config

SETTLE_SECONDS = 5.0
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Drift:
    """One property of one topic that is not as the catalogue wants it (None: no such topic)."""

    topic: str
    what: str
    wanted: str
    found: str | None

    def as_json(self) -> dict[str, Any]:
        """The four fields."""
        return asdict(self)


def copies(client: KafkaAdminClient, wanted: int) -> int:
    """The replication factor: `wanted`, or for 0 one copy a broker, at most three."""
    return topics.copies(wanted, len(client.describe_cluster()["brokers"]))


def create(client: KafkaAdminClient, specs: Sequence[TopicSpec], replication: int) -> list[str]:
    """Create the topics that are missing and wait until they serve. Returns their names."""
    there = set(client.list_topics())
    missing = [spec for spec in specs if spec.name not in there]
    if missing:
        new = [
            NewTopic(s.name, s.partitions, replication, topic_configs=full_config(s, replication))
            for s in missing
        ]
        client.create_topics(new)
        client.wait_for_topics([spec.name for spec in missing])
    return [spec.name for spec in missing]


def check(client: KafkaAdminClient, specs: Sequence[TopicSpec], replication: int) -> list[Drift]:
    """Everything that differs from the catalogue; more partitions are no drift unless fixed."""
    described = {t["name"]: t for t in client.describe_topics() if not t["error_code"]}
    present = [spec for spec in specs if spec.name in described]
    configs = _configs(client, [spec.name for spec in present])
    drift = [Drift(s.name, "topic", "present", None) for s in specs if s.name not in described]
    for spec in present:
        drift += _layout(spec, described[spec.name]["partitions"], replication)
        drift += _config(spec, configs[spec.name], replication)
    return drift


def repair(
    client: KafkaAdminClient, specs: Sequence[TopicSpec], replication: int
) -> tuple[list[Drift], list[Drift]]:
    """Create, set and grow to the catalogue. Returns what was repaired and what could not be.

    Fewer partitions or another number of copies need a plan of their own: they are left.
    """
    before = check(client, specs, replication)
    create(client, specs, replication)
    by_name = {spec.name: spec for spec in specs}
    for name in {drift.topic for drift in before if drift.found is not None}:
        _repair_one(client, by_name[name], [d for d in before if d.topic == name], replication)
    left = _settled(client, specs, replication)
    return [drift for drift in before if drift not in left], left


def _settled(client: KafkaAdminClient, specs: Sequence[TopicSpec], replication: int) -> list[Drift]:
    # Brokers apply a change a moment after the controller has accepted it.
    deadline = time.monotonic() + SETTLE_SECONDS
    while drift := check(client, specs, replication):
        if time.monotonic() > deadline:
            break
        time.sleep(POLL_SECONDS)
    return drift


def _repair_one(
    client: KafkaAdminClient, spec: TopicSpec, drifts: list[Drift], replication: int
) -> None:
    wanted = full_config(spec, replication)
    changed = {drift.what: wanted[drift.what] for drift in drifts if drift.what in wanted}
    if changed:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, spec.name, changed)])
    grow = [d for d in drifts if d.what == "partitions" and int(d.found or 0) < spec.partitions]
    if grow:
        client.create_partitions({spec.name: NewPartitions(spec.partitions)})


def _layout(spec: TopicSpec, partitions: list[dict[str, Any]], replication: int) -> list[Drift]:
    drift = []
    if len(partitions) < spec.partitions or (spec.fixed and len(partitions) != spec.partitions):
        drift.append(Drift(spec.name, "partitions", str(spec.partitions), str(len(partitions))))
    found = {len(partition["replica_nodes"]) for partition in partitions}
    if found != {replication}:
        drift.append(Drift(spec.name, "replication", str(replication), _some(found)))
    return drift


def _config(spec: TopicSpec, found: dict[str, str], replication: int) -> list[Drift]:
    return [
        Drift(spec.name, key, value, found.get(key, ""))
        for key, value in full_config(spec, replication).items()
        if found.get(key) != value
    ]


def _configs(client: KafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answer = client.describe_configs(asked, config_filter="all")["topic"]
    return {name: {k: v["value"] for k, v in answer[name].items()} for name in names}


def _some(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def row(client: KafkaAdminClient, spec: TopicSpec) -> dict[str, Any]:
    """Name, partitions, records now held (None if there is no such topic) and meaning."""
    parts = clients.partitions_of(client, spec.name)
    held = sum(last - first for first, last in clients.bounds(client, parts).values())
    return {
        "topic": spec.name,
        "partitions": len(parts) or None,
        "records": held if parts else None,
        "meaning": spec.meaning,
    }
