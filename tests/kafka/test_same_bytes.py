"""The same articles through the embedded run and through two workers give the same values."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from ops.broker import LocalCluster
from streams import topology
from streams.bench.load import articles
from streams.local.job import Job, Steps
from streams.local.ordered import Inline
from streams.local.sources import Sourced, find
from streams.settings import load
from streams.stages.contract import DeadLetter, Prepared, Record
from streams.stages.dedup import Index
from streams.stages.pipeline import DedupStage
from tests.workers import Reader, WorkerProcess, send, wait_for

pytestmark = pytest.mark.kafka
SAMPLES = Path(__file__).parents[1] / "samples"
STAGES = "streams.stages.pipeline:load_stages"
ARTICLES = 300
Values = dict[str, set[bytes]]


def _raw_values() -> list[bytes]:
    samples = [s.record.value or b"" for s in find([str(SAMPLES)])]
    return [*samples, *islice(articles(ARTICLES), ARTICLES - len(samples))]


@pytest.fixture
def own_topics(newswire: Callable[..., Any], prefix: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NEWSWIRE_TOPIC_PARTITIONS", "6")
    newswire("topics", "create")
    return prefix


def _done(reader: Reader, prefix: str) -> bool:
    """Every raw record has an outcome, and every unique one left the route agent."""
    counts: dict[str, set[Any]] = defaultdict(set)
    for record in reader.poll():
        r: Any = record
        counts[r.topic.removeprefix(prefix)].add((r.key, r.value))
    unique = len(counts[topology.UNIQUE])
    routed = {value for topic, found in counts.items() for value in found if _is_output(topic)}
    outcomes = unique + len(counts[topology.DUPLICATES]) + len(counts[topology.DLQ])
    return outcomes >= ARTICLES and len(routed) >= unique


def _is_output(topic: str) -> bool:
    return topic == topology.UNROUTED or topic.startswith(topology.TOPIC_PREFIX)


def _from_kafka(reader: Reader, prefix: str) -> Values:
    values: Values = defaultdict(set)
    for record in reader.records:
        r: Any = record
        values[r.topic.removeprefix(prefix)].add(r.value)
    return values


def _in_log_order(raws: list[bytes], log: list[bytes]) -> Iterator[Sourced]:
    """The raw records as the fingerprint log had them; those that never reached it come last."""
    stage = DedupStage(load().max_record_bytes)
    waiting: dict[bytes, list[bytes]] = defaultdict(list)
    dead = []
    for value, outcome in zip(raws, stage.prepare([Record(v) for v in raws]), strict=True):
        if isinstance(outcome, Prepared):
            waiting[outcome.fingerprint].append(value)
        else:
            dead.append(value)
    ordered = [waiting[fingerprint].pop(0) for fingerprint in log]
    assert not any(waiting.values())
    return (Sourced(Record(value), "") for value in [*ordered, *dead])


def _embedded(sourced: Iterator[Sourced]) -> Values:
    job = Job(Index(), (), batch_records=37, max_bytes=load().max_record_bytes)
    values: Values = defaultdict(set)
    for steps in job.steps(sourced, Inline()):
        _collect(steps, values)
    return values


def _collect(steps: Steps, values: Values) -> None:
    for step in steps:
        if isinstance(step.outcome, DeadLetter):
            values[topology.DLQ].add(step.record.value or b"")
        else:
            for emission in step.outcome:
                values[emission.topic].add(emission.value)


def test_both_runners_agree(
    broker: LocalCluster,
    admin: KafkaAdminClient,
    own_topics: str,
    tmp_path: Path,
) -> None:
    raws = _raw_values()
    topics = [t for t in admin.list_topics() if t.startswith(own_topics)]
    reader = Reader.of_all(broker.bootstrap, topics)
    group = "test"
    with ExitStack() as stack:
        for number in (1, 2):
            folder = tmp_path / str(number)
            folder.mkdir()
            worker = WorkerProcess(
                broker.bootstrap, group, folder, stages=STAGES, topic_prefix=own_topics
            )
            stack.enter_context(worker).wait_ready()
        keyed = ((b"%d" % (n % 29), value) for n, value in enumerate(raws))
        send(broker.bootstrap, own_topics + topology.RAW, keyed)
        wait_for(lambda: _done(reader, own_topics), 120, worker.text)
    kafka = _from_kafka(reader, own_topics)
    log = _log_values(reader, own_topics)
    embedded = _embedded(_in_log_order(raws, log))
    for topic in sorted({*embedded, *kafka} - {topology.RAW, topology.FINGERPRINTS}):
        assert kafka[topic] == embedded[topic], topic
    assert kafka[topology.DUPLICATES]
    assert len(kafka[topology.TAGGED]) > ARTICLES / 2


def _log_values(reader: Reader, prefix: str) -> list[bytes]:
    """The log's values in the order of their offsets."""
    records: list[Any] = list(reader.records)
    log = [record for record in records if record.topic == prefix + topology.FINGERPRINTS]
    return [record.value for record in sorted(log, key=lambda record: record.offset)]
