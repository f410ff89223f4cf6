"""The catalogue's topics on a real broker: made, found as wanted, drift named and repaired."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from streams.cli import main
from streams.topology import DLQ, FINGERPRINTS, RAW, ROUTES
from tests.kafka.conftest import Send
from tests.workers import wait_for

pytestmark = pytest.mark.kafka


@pytest.fixture
def created(newswire: Callable[..., Result], prefix: str) -> str:
    newswire("topics", "create", "--stream", "test-stream")
    return prefix


def test_created_topics_have_no_drift(created: str, newswire_json: Callable[..., Any]) -> None:
    assert newswire_json("topics", "check", "--stream", "test-stream") == []
    listed = {row["topic"]: row for row in newswire_json("topics", "list")}
    assert listed[created + FINGERPRINTS]["partitions"] == 1
    assert listed[created + RAW]["partitions"] == 6


def test_the_configuration_is_the_brokers(created: str, admin: KafkaAdminClient) -> None:
    def config(topic: str, key: str) -> str:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic)]
        answer = admin.describe_configs(asked, config_filter="all")["topic"][topic]
        return str(answer[key]["value"])

    assert config(created + FINGERPRINTS, "message.timestamp.type") == "LogAppendTime"
    assert config(created + ROUTES, "cleanup.policy") == "compact"
    assert int(config(created + DLQ, "max.message.bytes")) > 10_000_000


def test_a_body_of_ten_megabytes_fits_raw(created: str, send: Send) -> None:
    send(created + RAW, b"x" * 10_000_000)


def test_drift_is_named_and_repaired(
    created: str,
    newswire: Callable[..., Result],
    newswire_json: Callable[..., Any],
    admin: KafkaAdminClient,
) -> None:
    changed = {"cleanup.policy": "delete"}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, created + ROUTES, changed)])
    wait_for(lambda: newswire("topics", "check", code=None).exit_code == 1)
    assert newswire_json("topics", "check", code=1) == [
        {
            "topic": created + ROUTES,
            "what": "cleanup.policy",
            "wanted": "compact",
            "found": "delete",
        }
    ]
    newswire("topics", "create", "--repair")
    assert newswire_json("topics", "check") == []


def test_missing_partitions_are_grown(
    created: str, newswire_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSWIRE_TOPIC_PARTITIONS", "7")
    drift = newswire_json("topics", "check", "--stream", "growing", code=1)
    assert {d["what"] for d in drift if d["topic"] == created + RAW} == {"partitions"}
    monkeypatch.setenv("NEWSWIRE_TOPIC_PARTITIONS", "6")
    newswire_json("topics", "create", "--stream", "growing")
    monkeypatch.setenv("NEWSWIRE_TOPIC_PARTITIONS", "7")
    specs = newswire_json("topics", "create", "--repair", "--stream", "growing")["repaired"]
    assert created + "news.topic.growing" in {d["topic"] for d in specs}
    monkeypatch.setenv("NEWSWIRE_TOPIC_PARTITIONS", "6")
    assert newswire_json("topics", "check") == [], "more partitions than wanted are no drift"


def test_no_broker_is_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.clients.WAIT_MS", 500)
    result = CliRunner().invoke(main, ["topics", "check", "--bootstrap", "127.0.0.1:1"])
    assert result.exit_code == 3
    assert "broker not there" in result.stderr
