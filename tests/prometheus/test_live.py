"""A real worker on a real broker under load, scraped by a real Prometheus: every query answers."""

import json
import re
import shutil
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kafka import KafkaProducer

from ops.broker import LocalCluster
from ops.grafana.boards import BOARDS
from ops.monitor import LocalPrometheus
from streams.bench.load import articles
from tests.unit.test_prometheus_rules import ALERTS
from tests.workers import WorkerProcess, create_topics, wait_for

PROMETHEUS = shutil.which("prometheus")
STAGES = "streams.stages.pipeline:load_stages"
QUERIES = sorted({query for b in BOARDS for p in b.panels for query, _ in p.queries})
SELECTOR = re.compile(r"\b(?:\w+:)?newswire[_:][\w:]*(?:\{[^}]*\})?")
SELECTED = sorted({found for rule in ALERTS for found in SELECTOR.findall(rule["expr"])})
COMPARED = re.compile(r"(?<=[\s)])(==|!=|>=|<=|>|<)(?=\s)")
UNLESS = re.compile(r"\bunless\b(?:\s+on\s*\([^)]*\))?")

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.prometheus,
    pytest.mark.skipif(PROMETHEUS is None, reason="no prometheus: apt-get install prometheus"),
]
Ask = Callable[[str], list[Any]]


def raw_records() -> list[bytes]:
    """Generated articles with their times, and 15 records that are no JSON."""
    times = {"published_at": "2026-01-01T00:00:00Z", "scraped_at": "2026-01-01T00:00:05Z"}
    made = [json.dumps(json.loads(value) | times).encode() for value in articles(300)]
    return [*made, *[b"{broken"] * 15]


@pytest.fixture(scope="module")
def ask(broker: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    folder, prefix = tmp_path_factory.mktemp("live"), "live."
    create_topics(broker.bootstrap, prefix)
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    with WorkerProcess(broker.bootstrap, "live", folder, STAGES, topic_prefix=prefix) as worker:
        worker.wait_ready(120)
        target = urllib.parse.urlsplit(worker.url("/metrics")).netloc
        with LocalPrometheus(folder, [target]) as prometheus:
            wait_for(lambda: prometheus.ask("newswire_up"), 60, worker.text)
            for value in raw_records():
                producer.send(f"{prefix}news.raw", value)
            producer.flush()
            routed = 'sum(newswire_articles_total{stage="route"}) > 150'
            wait_for(lambda: prometheus.ask(routed), 90, worker.text)
            ratio = "newswire:freshness_errors:ratio5m"
            wait_for(lambda: prometheus.ask(ratio), 30, worker.text)
            yield lambda query: prometheus.ask(query.replace("$__rate_interval", "20s"))


@pytest.mark.parametrize("query", QUERIES)
def test_every_panel_has_series(ask: Ask, query: str) -> None:
    wait_for(lambda: ask(query), 20, lambda: query)


@pytest.mark.parametrize("selector", SELECTED)
def test_every_series_that_an_alert_asks_for_is_there(ask: Ask, selector: str) -> None:
    wait_for(lambda: ask(selector), 20, lambda: selector)


def answers(condition: str) -> list[str]:
    """What an alert compares, as queries that answer whether it fires or not.

    A comparison becomes one that says 0 or 1 and keeps all series, so labels that match nothing
    leave nothing; both sides of `unless` are asked for themselves.
    """
    kept = COMPARED.sub(r"\1 bool ", condition.replace("absent(", "("))
    return [part for part in UNLESS.split(kept) if part.strip()]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda r: r["alert"])
def test_every_alert_compares_series_that_are_there(ask: Ask, rule: dict[str, Any]) -> None:
    for query in answers(rule["expr"]):
        wait_for(lambda query=query: ask(query), 20, lambda query=query: query)  # type: ignore[misc]


def test_figures_are_right(ask: Ask) -> None:
    [dead] = ask('sum(newswire_dead_letters_total{reason="invalid_json"})')
    assert float(dead["value"][1]) == 15
    [decided] = ask('sum(newswire_articles_total{stage="dedup"})')
    assert float(decided["value"][1]) == 300
