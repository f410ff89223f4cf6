"""Kill -9 in the middle of the real job: nothing is lost, and a repeat repeats the same bytes."""

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from kafka import KafkaAdminClient

from ops.broker import LocalCluster
from streams import topology
from streams.bench.load import articles
from tests.workers import Reader, WorkerProcess, ends, send, wait_for

pytestmark = pytest.mark.kafka
STAGES = "streams.stages.pipeline:load_stages"
ARTICLES = 3_000
OUTCOMES = (topology.UNIQUE, topology.DUPLICATES, topology.DLQ)


def _ids(reader: Reader, prefix: str, *topics: str) -> set[bytes]:
    records: list[Any] = reader.poll()
    names = {prefix + topic for topic in topics}
    return {r.key for r in records if r.topic in names}


def _appended(broker: LocalCluster, prefix: str) -> int:
    """How many outcomes there are, without reading them: reading goes on while they arrive."""
    return sum(ends(broker.bootstrap, [prefix + topic for topic in OUTCOMES]).values())


def _left(reader: Reader, prefix: str) -> set[bytes]:
    """Keys of the articles that left the route agent."""
    records: list[Any] = reader.poll()
    start = prefix + topology.TOPIC_PREFIX
    ended = prefix + topology.UNROUTED
    return {r.key for r in records if r.topic == ended or r.topic.startswith(start)}


def test_kill_in_the_middle(
    broker: LocalCluster,
    admin: KafkaAdminClient,
    newswire: Callable[..., Any],
    prefix: str,
    tmp_path: Path,
) -> None:
    newswire("topics", "create")
    topics = [t for t in admin.list_topics() if t.startswith(prefix)]
    reader = Reader.of_all(broker.bootstrap, topics)
    raws = list(articles(ARTICLES))
    send(
        broker.bootstrap, prefix + topology.RAW, ((b"%d" % (n % 97), v) for n, v in enumerate(raws))
    )
    arguments = (broker.bootstrap, "test", tmp_path, STAGES)
    with (
        WorkerProcess(*arguments, topic_prefix=prefix) as killed,
        WorkerProcess(*arguments, topic_prefix=prefix) as survivor,
    ):
        wait_for(lambda: _appended(broker, prefix) > ARTICLES / 5, 120, killed.text)
        killed.kill()
        assert _appended(broker, prefix) < ARTICLES
        wait_for(lambda: len(_ids(reader, prefix, *OUTCOMES)) == ARTICLES, 120, survivor.text)
        unique = _ids(reader, prefix, topology.UNIQUE)
        wait_for(lambda: _left(reader, prefix) == unique, 60, survivor.text)
        assert survivor.stop() == 0
    _assert_one_answer_each(reader, prefix)


def _assert_one_answer_each(reader: Reader, prefix: str) -> None:
    values: dict[tuple[str, bytes], set[bytes]] = defaultdict(set)
    outcomes: Counter[bytes] = Counter()
    for record in reader.records:
        r: Any = record
        topic = r.topic.removeprefix(prefix)
        if topic in OUTCOMES:
            values[topic, r.key].add(r.value)
    outcomes.update(key for _, key in values)
    assert all(len(found) == 1 for found in values.values())
    assert set(outcomes.values()) == {1}
    assert all(orjson.loads(value) for found in values.values() for value in found)
