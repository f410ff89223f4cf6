"""Twins that reach two workers in the same second: one of them is unique, whoever is first."""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import Result

from ops.broker import LocalCluster
from streams.stages.dedup import Index
from streams.topology import DUPLICATES, FINGERPRINTS, RAW, UNIQUE
from tests.workers import Reader, WorkerProcess, wait_for

pytestmark = pytest.mark.kafka
STAGES = "streams.stages.pipeline:load_stages"
PAIRS = 300
ONE_PARTITION = re.compile(r'^newswire_partitions\{topic="\S*news\.raw"\} 1\.0$', re.MULTILINE)


def twins(source: str) -> list[bytes]:
    """One article of each pair, as `source` sends it."""
    stories = [" ".join(f"item{n * 60 + w} word {w}" for w in range(60)) for n in range(PAIRS)]
    return [
        orjson.dumps({"text": text, "source": source, "url": f"https://{source}.example/{n}"})
        for n, text in enumerate(stories)
    ]


def answers(values: list[bytes]) -> Counter[str]:
    """Statuses in an index that sees these values only."""
    offsets = range(len(values))
    found = Index().observe(values, offsets, offsets)
    return Counter(decision.dedup.status for decision in found if decision.dedup)


def has_one_partition(worker: WorkerProcess) -> bool:
    return bool(ONE_PARTITION.search(worker.get("/metrics")[1]))


def test_of_twins_on_two_workers_one_is_unique(
    broker: LocalCluster,
    newswire: Callable[..., Result],
    prefix: str,
    send: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NEWSWIRE_TOPIC_PARTITIONS", "2")
    newswire("topics", "create")
    topics = [prefix + name for name in (UNIQUE, DUPLICATES, FINGERPRINTS)]
    reader = Reader.of_all(broker.bootstrap, topics)
    with ExitStack() as stack:
        workers = [
            WorkerProcess(
                broker.bootstrap, "twins", tmp_path, STAGES, ["dedup"], topic_prefix=prefix
            )
            for _ in range(2)
        ]
        for worker in workers:
            stack.enter_context(worker)
        wait_for(lambda: all(map(has_one_partition, workers)), 120, workers[0].text)
        for partition in (0, 1):
            send(prefix + RAW, *twins("ab"[partition]), partition=partition)
        wait_for(lambda: len(reader.poll()) >= 4 * PAIRS, 90, workers[0].text)
    records: list[Any] = reader.records
    by_topic = {topic: [r for r in records if r.topic == topic] for topic in topics}
    unique, copies = ([orjson.loads(r.value) for r in by_topic[t]] for t in topics[:2])
    originals = {article["article_id"] for article in unique}
    assert len(unique) == len(originals) == PAIRS
    assert {copy["of"] for copy in copies} == originals
    assert len(copies) == PAIRS
    log = by_topic[prefix + FINGERPRINTS]
    alone = [
        answers([r.value for r in log if r.headers == writer])
        for writer in {tuple(r.headers): r.headers for r in log}.values()
    ]
    assert len(alone) == 2
    assert sum(found["unique"] for found in alone) > PAIRS, "a worker saw all twins by itself"
    assert sum(chain.from_iterable(found.values() for found in alone)) == 2 * PAIRS
