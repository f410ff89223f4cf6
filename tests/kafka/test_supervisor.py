"""Several worker processes under one supervisor."""

import json
import os
import re
import signal
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.broker import LocalCluster
from streams.records import Article, encode
from streams.topology import RAW, TAGGED, UNIQUE, UNROUTED
from tests.browser import CHROMIUM, browse
from tests.workers import Reader, WorkerProcess, create_topics, send, start_at_end, wait_for

pytestmark = pytest.mark.kafka
Name = Callable[[str], str]
CHILD_PORT = re.compile(r"Serving http://127\.0\.0\.1:(\d+)/metrics")
CHILD = re.compile(r"Worker \d is process (\d+)")


def test_processes_share_the_work_and_the_metrics_and_a_dead_one_is_replaced(
    broker: LocalCluster, unique_name: Name, tmp_path: Path
) -> None:
    create_topics(broker.bootstrap)
    group, servers = unique_name("group"), broker.bootstrap
    begin = start_at_end(servers, group, (RAW, UNIQUE, TAGGED, UNROUTED))
    out = Reader(servers, {tp: o for tp, o in begin.items() if tp.topic == UNROUTED})

    def feed(count: int) -> None:
        made = (Article(article_id=f"{n:032x}", text=f"{group} {n}") for n in range(count))
        send(servers, RAW, ((b"k%d" % n, encode(article)) for n, article in enumerate(made)))

    with WorkerProcess(servers, group, tmp_path, args=["--processes", "2"]) as supervisor:
        supervisor.wait_ready(90)
        feed(200)
        wait_for(lambda: len(out.poll()) >= 200, 60, supervisor.text)
        metrics = supervisor.get("/metrics")[1]
        assert 'newswire_records_total{stage="route"} 200.0' in metrics
        assert "newswire_up 2.0" in metrics
        what_passed_is_on_the_live_page(supervisor, tmp_path)
        first, second = map(int, CHILD.findall(supervisor.text()))
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: len(CHILD.findall(supervisor.text())) == 3, 30, supervisor.text)
        wait_for(lambda: supervisor.get("/ready")[0] == 200, 90, supervisor.text)
        feed(100)
        wait_for(lambda: len(out.poll()) >= 300, 60, supervisor.text)
        metrics = supervisor.get("/metrics")[1]
        assert "newswire_up 2.0" in metrics
        counted = re.search(r'newswire_records_total{stage="route"} (\d+)', metrics)
        assert counted is not None
        assert int(counted.group(1)) >= 300
        assert supervisor.stop() == 0
        third = int(CHILD.findall(supervisor.text())[2])
    for pid in (second, third):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def what_passed_is_on_the_live_page(supervisor: WorkerProcess, folder: Path) -> None:
    """The supervisor's page shows what its processes passed, numbered anew."""
    wire = json.loads(supervisor.get("/wire.json?after=0")[1])
    assert wire["stages"]["route"]["records"] == 200
    numbers = [a["number"] for a in wire["articles"]]
    assert numbers == list(range(numbers[-1] - 29, numbers[-1] + 1))
    passed = set()
    for port in CHILD_PORT.findall(supervisor.text()):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/wire.json", timeout=5) as answer:
            passed |= {a["text"] for a in json.load(answer)["articles"]}
    assert len(passed & {a["text"] for a in wire["articles"]}) == 30
    if CHROMIUM:
        port = int(supervisor.url("/").split(":")[2].rstrip("/"))
        page = browse(port, folder, "--virtual-time-budget=4000", "--dump-dom")
        assert page.count("<article") == 30
