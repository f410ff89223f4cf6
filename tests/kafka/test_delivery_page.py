"""The consumer on the page about delivery does what the page says."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer

from ops.broker import LocalCluster
from tests.conftest import MakeTopic
from tests.workers import ROOT, send

pytestmark = pytest.mark.kafka
PAGE = ROOT / "streams" / "kafka" / "DELIVERY.md"


def test_the_ten_lines_store_each_article_once(
    broker: LocalCluster, make_topic: MakeTopic, tmp_path: Path
) -> None:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    code = found.group(1)
    assert len(code.strip().splitlines()) <= 10
    topic = make_topic("articles", partitions=3)
    records = [(b"id-%d" % n, b"body %d" % n) for n in range(20)]
    send(broker.bootstrap, topic, [*records, *records[5:15], records[0]])
    names: dict[str, Any] = {
        "sqlite3": sqlite3,
        "KafkaConsumer": KafkaConsumer,
        "DATABASE": str(tmp_path / "articles.db"),
        "TOPIC": topic,
        "OPTIONS": {
            "bootstrap_servers": broker.bootstrap,
            "auto_offset_reset": "earliest",
            "consumer_timeout_ms": 4000,
        },
    }
    exec(code, names)  # noqa: S102 - our own page
    rows = sqlite3.connect(names["DATABASE"]).execute("select id, body from articles").fetchall()
    assert sorted(rows) == sorted((key.decode(), value) for key, value in records)
