"""A real worker on a real broker under load, scraped by a real Prometheus: every query answers."""

import json
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kafka import KafkaProducer

from ops.broker import LocalCluster
from ops.grafana.boards import BOARDS
from streams.bench.load import articles
from tests.unit.test_prometheus_rules import ALERTS, series_of
from tests.workers import WorkerProcess, create_topics, wait_for

PROMETHEUS = shutil.which("prometheus")
RULES = Path(__file__).parents[2] / "ops/prometheus/rules"
STAGES = "streams.stages.pipeline:load_stages"
QUERIES = sorted({query for b in BOARDS for p in b.panels for query, _ in p.queries})
ALERTED = sorted({name for rule in ALERTS for name in series_of(rule["expr"])})
MAY_BE_EMPTY = {
    "newswire:entities_per_article:avg1d",
    "newswire:unrouted:ratio1d",
}

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def configuration(folder: Path, target: str) -> Path:
    """Our rules with a scrape each second, as a test can't wait minutes."""
    made = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES / "*.yml")],
        "scrape_configs": [{"job_name": "newswire", "static_configs": [{"targets": [target]}]}],
    }
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(made), "utf-8")
    return path


def asker(port: int) -> Ask:
    def ask(query: str) -> list[Any]:
        asked = urllib.parse.urlencode({"query": query.replace("$__rate_interval", "20s")})
        url = f"http://127.0.0.1:{port}/api/v1/query?{asked}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                result: list[Any] = json.load(answer)["data"]["result"]
                return result
        except OSError:
            return []

    return ask


@pytest.fixture(scope="module")
def ask(broker: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    assert PROMETHEUS is not None
    folder, prefix = tmp_path_factory.mktemp("live"), "live."
    create_topics(broker.bootstrap, prefix)
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    with WorkerProcess(broker.bootstrap, "live", folder, STAGES, topic_prefix=prefix) as worker:
        worker.wait_ready(120)
        target = urllib.parse.urlsplit(worker.url("/metrics")).netloc
        port = free_port()
        command = [
            PROMETHEUS,
            f"--config.file={configuration(folder, target)}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with (folder / "prometheus.log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            answers = asker(port)
            wait_for(lambda: answers("newswire_up"), 60, worker.text)
            for value in raw_records():
                producer.send(f"{prefix}news.raw", value)
            producer.flush()
            routed = 'sum(newswire_articles_total{stage="route"}) > 150'
            wait_for(lambda: answers(routed), 90, worker.text)
            wait_for(lambda: answers("newswire:freshness_errors:ratio5m"), 30, worker.text)
            yield answers
        finally:
            server.terminate()
            server.wait(20)


@pytest.mark.parametrize("query", QUERIES)
def test_every_panel_has_series(ask: Ask, query: str) -> None:
    if query not in MAY_BE_EMPTY:
        wait_for(lambda: ask(query), 20, lambda: query)


@pytest.mark.parametrize("name", ALERTED)
def test_every_series_that_an_alert_asks_for_is_there(ask: Ask, name: str) -> None:
    if name not in MAY_BE_EMPTY:
        wait_for(lambda: ask(name), 20, lambda: name)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda r: r["alert"])
def test_every_alert_is_evaluated(ask: Ask, rule: dict[str, Any]) -> None:
    condition = rule["expr"]
    assert isinstance(ask(f"({condition}) or vector(1)"), list)
    assert ask(f"({condition}) or vector(1)"), condition


def test_figures_are_right(ask: Ask) -> None:
    [dead] = ask('sum(newswire_dead_letters_total{reason="invalid_json"})')
    assert float(dead["value"][1]) == 15
    [decided] = ask('sum(newswire_articles_total{stage="dedup"})')
    assert float(decided["value"][1]) == 300
