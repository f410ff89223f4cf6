"""A worker that starts from its snapshot answers as one that read the whole log."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiokafka
import orjson
import pytest
from kafka import TopicPartition

from ops.broker import LocalCluster
from streams.kafka.snapshots import Snapshots
from streams.stages.dedup import Index, snapshot
from streams.topology import DUPLICATES, FINGERPRINTS, RAW, UNIQUE
from tests.workers import Reader, WorkerProcess, create_topics, send, wait_for

pytestmark = pytest.mark.kafka
STAGES = "streams.stages.pipeline:load_stages"
EVERY = 1_000


def article(number: int, source: str) -> tuple[bytes, bytes]:
    """An article of its own words; another `source` sends the same text again."""
    text = " ".join(f"item{number * 50 + word} {word}" for word in range(50))
    url = f"https://{source}.example/{number}"
    return b"%d" % number, orjson.dumps({"text": text, "url": url, "source": source})


def index_of(log: list[Any]) -> tuple[Index, list[Any]]:
    index = Index(stretch=EVERY)
    values, offsets = [r.value for r in log], [r.offset for r in log]
    return index, index.observe(values, offsets, [r.timestamp for r in log])


async def used(broker: LocalCluster, topic: str, folder: Path, name: str) -> int:
    """Articles of an index that starts from the snapshot of log `name`, with `topic` as the log."""
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=broker.bootstrap)
    await consumer.start()
    part = aiokafka.TopicPartition(topic, 0)
    consumer.assign([part])
    index, end = Index(stretch=EVERY), (await consumer.end_offsets([part]))[part]
    await Snapshots(folder, name).load(index, consumer, part, (0, end))
    await consumer.stop()
    return index.end


def test_a_restart_from_a_snapshot(
    broker: LocalCluster, unique_name: Callable[[str], str], tmp_path: Path
) -> None:
    prefix, foreign = unique_name("own") + ".", unique_name("other") + "."
    create_topics(broker.bootstrap, prefix)
    create_topics(broker.bootstrap, foreign)
    log, raw = prefix + FINGERPRINTS, prefix + RAW
    outputs = [prefix + UNIQUE, prefix + DUPLICATES]
    out = Reader.of_all(broker.bootstrap, outputs)
    logged = Reader(broker.bootstrap, {TopicPartition(log, 0): 0})
    settings = {"topic_prefix": prefix, "snapshot_every": str(EVERY)}

    def worker() -> WorkerProcess:
        return WorkerProcess(broker.bootstrap, "g", tmp_path, STAGES, ["dedup"], **settings)

    with worker() as first:
        send(broker.bootstrap, raw, (article(n, "a") for n in range(EVERY + 100)))
        wait_for(lambda: len(out.poll()) >= EVERY + 100, 60, first.text)
        wait_for(lambda: "bytes written" in first.text(), 20, first.text)
        assert first.stop() == 0
    [manifest] = tmp_path.rglob(snapshot.MANIFEST)
    with worker() as second:
        send(broker.bootstrap, raw, (article(n, "b") for n in range(0, EVERY + 100, 10)))
        wait_for(lambda: len(out.poll()) >= (EVERY + 100) * 11 // 10, 60, second.text)
        assert f"{EVERY} articles, up to offset {EVERY}" in second.text()
        assert second.stop() == 0
    index, decisions = index_of(logged.poll())
    statuses = [d.dedup.status for d in decisions if d.dedup]
    copies = [r.value for r in out.poll() if r.topic == prefix + DUPLICATES]  # type: ignore[attr-defined]
    assert len(copies) == statuses.count("duplicate") == (EVERY + 100) // 10
    answered = {orjson.loads(value)["of"] for value in copies}
    assert answered == {d.dedup.of for d in decisions if d.dedup and d.dedup.of}
    folder = manifest.parent
    assert asyncio.run(used(broker, log, folder, log)) == EVERY
    assert asyncio.run(used(broker, foreign + FINGERPRINTS, folder, log)) == 0
    send(broker.bootstrap, foreign + FINGERPRINTS, [(None, b"x")] * (EVERY + 1))
    assert asyncio.run(used(broker, foreign + FINGERPRINTS, folder, log)) == 0
    assert asyncio.run(used(broker, log, folder, "another name")) == 0
    [data] = folder.glob("*.bin")
    data.write_bytes(data.read_bytes()[:-1])
    assert asyncio.run(used(broker, log, folder, log)) == 0
    assert index.end == EVERY + 100 + (EVERY + 100) // 10
