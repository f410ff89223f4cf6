"""Repair with a real worker: replayed twice, in shadow, redriven; and the account stays clean."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import Result

from ops.broker import LocalCluster
from streams.topology import DLQ, DUPLICATES, RAW, TAGGED, UNIQUE
from tests.kafka.conftest import ReadAll, Send
from tests.workers import WorkerProcess, wait_for

pytestmark = pytest.mark.kafka
Run = Callable[..., Result]
RunJson = Callable[..., Any]
STAGES = "streams.stages.pipeline:load_stages"
STORY = (
    "The river Tolka rose above its banks on Sunday night and flooded the old quarter of the "
    "town, the mayor said. Firefighters took forty people from their homes in boats."
)
ARTICLES = [
    {"text": STORY, "source": "A", "url": "https://a.example/flood"},
    {"text": STORY, "source": "B", "url": "https://b.example/flood"},
    {"text": "Parliament in Lisbon passed the budget by nine votes after a long debate."},
]


def test_replay_shadow_and_redrive(
    broker: LocalCluster,
    newswire: Run,
    newswire_json: RunJson,
    prefix: str,
    send: Send,
    read_all: ReadAll,
    tmp_path: Path,
) -> None:
    newswire("topics", "create")
    for article in ARTICLES:
        send(prefix + RAW, orjson.dumps(article), partition=0)
    lost = b'{"content":"Fishermen on Lake Ohrid landed a record catch of trout."}'
    send(prefix + RAW, lost, partition=1)

    @contextmanager
    def run(of: str, records: int) -> Iterator[None]:
        settings = {"topic_prefix": of, "stage_mode": "process"}
        with WorkerProcess(broker.bootstrap, "newswire", tmp_path, STAGES, **settings) as worker:
            wait_for(lambda: _settled(newswire, of, records), 90, worker.text)
            yield

    def values(topic: str) -> set[bytes]:
        return {record.value for record in read_all(prefix + topic)}

    with run(prefix, 4):
        before = {topic: values(topic) for topic in (UNIQUE, DUPLICATES, TAGGED)}
        assert [len(found) for found in before.values()] == [2, 1, 2]
        for _ in range(2):
            words = ("--allow-same-topic", "--partition", "0", "--end-offset", "3")
            newswire("replay", prefix + RAW, prefix + RAW, *words)
        wait_for(lambda: _settled(newswire, prefix, 10))
        assert {topic: values(topic) for topic in before} == before, "the same bytes, no new ones"

        fix = ("--reason", "missing_text", "--fix", "{text: .content}", "--yes")
        assert newswire_json("dlq", "redrive", "--letter", _first(newswire_json), *fix)["letters"]
        wait_for(lambda: _settled(newswire, prefix, 11))
        assert len(values(UNIQUE)) == 3
        report = newswire_json("audit")
        assert report["clean"]
        assert sum(report["raw"]["outcomes"].values()) == 11 == report["raw"]["read"]
        assert len(read_all(prefix + DLQ)) == report["raw"]["outcomes"]["dead_letters"] == 1

    newswire("replay", prefix + UNIQUE, "--to-shadow", "shadow.")
    with run(f"shadow.{prefix}", 0):
        wait_for(lambda: len(read_all(f"shadow.{prefix}{TAGGED}")) >= 3)
        found = newswire_json("diff", prefix + TAGGED, f"shadow.{prefix}{TAGGED}")
    assert (found["equal"], found["same"]) == (True, 3)


def _first(newswire_json: RunJson) -> str:
    letters: list[dict[str, str]] = newswire_json("dlq", "list")
    return letters[0]["letter"]


def _settled(newswire: Run, prefix: str, records: int) -> bool:
    words = ["lag", "--group", prefix + "newswire", "--json"]
    words += [word for name in (RAW, UNIQUE, TAGGED) for word in ("--topic", prefix + name)]
    found = orjson.loads(newswire(*words).stdout)
    raw = [p for p in found["partitions"] if p["topic"] == prefix + RAW]
    return found["records"] == 0 and sum(p["committed"] or 0 for p in raw) >= records
