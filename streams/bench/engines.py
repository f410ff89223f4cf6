"""The same work in our engine and in its peers: one engine a process, one JSON line as result.

    python -m streams.bench.engines ENGINE BOOTSTRAP SOURCE TARGET COUNT STAGE

Each reads SOURCE from its beginning with a new group, does STAGE's work on every record, writes
TARGET (zstd, acks=all, where it can: idempotent) and commits. `cpu` is the process's user and
system time (children included) from the first record on, `seconds` the wall clock.
"""

import asyncio
import json
import os
import resource
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from streams.stages.contract import DeadLetter, Emission, Outcome, Record
from streams.topology import TAGGED, UNIQUE, Step

Work = Callable[[Sequence[Record]], list[Outcome]]
BATCH = 256


@dataclass
class Clock:
    """Starts at the first record, stops when told."""

    begun: tuple[float, float] | None = None
    ended: tuple[float, float] | None = None
    count: int = field(default=0)

    def first(self) -> None:
        """A record is there."""
        if self.begun is None:
            self.begun = _now()

    def stop(self) -> None:
        """All is delivered."""
        self.ended = _now()

    def result(self) -> dict[str, float]:
        """Seconds and CPU seconds between the two."""
        assert self.begun is not None  # noqa: S101
        assert self.ended is not None  # noqa: S101
        pairs = zip(self.begun, self.ended, strict=True)
        wall, cpu = (end - begin for begin, end in pairs)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"seconds": wall, "cpu": cpu, "peak_mb": peak}


def _now() -> tuple[float, float]:
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), mine.ru_utime + mine.ru_stime


class JsonStage:
    """Parses each value and writes it again: the least that any real stage does."""

    name = "tag"

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        """One emission per record."""
        return [
            (Emission(TAGGED, record.key, orjson.dumps(orjson.loads(record.value or b"0"))),)
            for record in batch
        ]


def load_json_stage() -> dict[str, Any]:
    """A factory for `newswire worker --stages`."""
    return {"tag": JsonStage()}


def load_real_stage() -> dict[str, Any]:
    """The shipped tag stage alone."""
    from streams.stages.pipeline import load_tag_stage  # noqa: PLC0415

    return {"tag": load_tag_stage()}


def _work(stage: str) -> Work:
    factory = load_real_stage if stage == "real" else load_json_stage
    work: Work = factory()["tag"]
    return work


def _pairs(outcomes: list[Outcome]) -> list[tuple[bytes | None, bytes]]:
    return [(o[0].key, o[0].value) for o in outcomes if not isinstance(o, DeadLetter)]


def newswire(bootstrap: str, source: str, target: str, count: int, stage: str) -> Clock:
    """Our worker with the one step; stages in a thread, so that all CPU is in this process."""
    import uvloop  # noqa: PLC0415

    from streams import metrics  # noqa: PLC0415
    from streams.app import Worker  # noqa: PLC0415
    from streams.settings import load  # noqa: PLC0415

    prefix = source.removesuffix(UNIQUE)
    settings = load(
        bootstrap=bootstrap, topic_prefix=prefix, group=uuid.uuid4().hex, web_port=0,
        stage_mode="thread",
    )  # fmt: skip
    clock = Clock()

    async def watch(worker: Worker) -> None:
        records = metrics.RECORDS.labels("tag")._value  # noqa: SLF001
        outputs = metrics.OUTPUTS.labels("tag")._value  # noqa: SLF001
        while outputs.get() < count:
            if records.get():
                clock.first()
            await asyncio.sleep(0.005)
        await worker.consumer.commit()
        clock.stop()
        worker.stopping.set()

    async def main() -> None:
        factory = f"streams.bench.engines:load_{'real' if stage == 'real' else 'json'}_stage"
        worker = Worker(settings, factory, [Step("tag", UNIQUE, (TAGGED,))])
        watching = asyncio.create_task(watch(worker))
        await worker.run(30)
        await watching

    del target
    uvloop.install()  # for the consumer's own thread
    uvloop.run(main())
    return clock


def aiokafka(bootstrap: str, source: str, target: str, count: int, stage: str) -> Clock:
    """The bare loop that our engine is measured against: fetch, work, send, gather, commit."""
    import uvloop  # noqa: PLC0415
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # noqa: PLC0415

    from streams.kafka.transport import producer_options  # noqa: PLC0415
    from streams.settings import load  # noqa: PLC0415

    clock, work = Clock(), _work(stage)

    async def main() -> None:
        consumer = AIOKafkaConsumer(
            source, bootstrap_servers=bootstrap, group_id=uuid.uuid4().hex,
            auto_offset_reset="earliest", enable_auto_commit=False, max_poll_records=BATCH,
        )  # fmt: skip
        producer = AIOKafkaProducer(**producer_options(load(bootstrap=bootstrap)))
        await producer.start()
        await consumer.start()
        committed = time.monotonic()
        while clock.count < count:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                clock.first()
                clock.count += len(records)
                made = _pairs(work([Record(r.value, r.key, r.headers) for r in records]))
                await asyncio.gather(
                    *[await producer.send(target, value, key=key) for key, value in made]
                )
            if time.monotonic() - committed > 1 or clock.count >= count:
                await consumer.commit()
                committed = time.monotonic()
        clock.stop()
        await consumer.stop()
        await producer.stop()

    uvloop.run(main())
    return clock


def faust(bootstrap: str, source: str, target: str, count: int, stage: str) -> Clock:
    """Faust as it comes, at its best: `take_events` and gathered deliveries."""
    import faust as library  # noqa: PLC0415

    clock, work = Clock(), _work(stage)
    app = library.App(
        uuid.uuid4().hex, broker=[f"kafka://{bootstrap}"], value_serializer="raw",
        key_serializer="raw", producer_compression_type="zstd", producer_acks=-1,
        broker_commit_interval=1, broker_max_poll_records=500, stream_buffer_maxsize=2048,
        topic_disable_leader=True, topic_allow_declare=False, web_enabled=False,
        autodiscover=False, datadir=f"/tmp/{uuid.uuid4().hex}",  # noqa: S108
        producer_linger=0.005, stream_recovery_delay=0,
    )  # fmt: skip
    output = app.topic(target, value_serializer="raw", key_serializer="raw")
    done = asyncio.Event()

    @app.agent(app.topic(source, value_serializer="raw", key_serializer="raw"))
    async def agent(stream: Any) -> None:
        async for events in stream.take_events(500, within=0.1):
            clock.first()
            made = _pairs(work([Record(e.value, e.key) for e in events]))
            sent = [await output.send(key=key, value=value) for key, value in made]
            await asyncio.gather(*sent)
            clock.count += len(events)
            if clock.count >= count:
                clock.stop()
                done.set()

    async def main() -> None:
        await app.start()
        await done.wait()
        await app.stop()

    asyncio.get_event_loop().run_until_complete(main())
    return clock


def quix(bootstrap: str, source: str, target: str, count: int, stage: str) -> Clock:
    """Quix Streams: the work a record at a time, as its API has it."""
    from quixstreams import Application  # noqa: PLC0415

    clock, work = Clock(), _work(stage)
    app = Application(
        bootstrap, consumer_group=uuid.uuid4().hex, auto_offset_reset="earliest",
        commit_interval=1.0, auto_create_topics=False, loglevel="ERROR",
        producer_extra_config={"compression.type": "zstd", "acks": "all",
                               "enable.idempotence": True, "linger.ms": 5},
        state_dir=f"/tmp/{uuid.uuid4().hex}",  # noqa: S108
    )  # fmt: skip

    def one(value: bytes, key: bytes, *_: object) -> bytes:
        clock.first()
        return _pairs(work([Record(value, key)]))[0][1]

    read = app.topic(source, value_deserializer="bytes", key_deserializer="bytes")
    write = app.topic(target, value_serializer="bytes", key_serializer="bytes")
    app.dataframe(read).apply(one, metadata=True).to_topic(write)
    app.run(count=count, collect=False)
    clock.stop()
    return clock


def bytewax(bootstrap: str, source: str, target: str, count: int, stage: str) -> Clock:
    """Bytewax with its Kafka connectors, the work a batch at a time; it commits nothing."""
    import bytewax.operators as op  # noqa: PLC0415
    from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource  # noqa: PLC0415
    from bytewax.dataflow import Dataflow  # noqa: PLC0415
    from bytewax.testing import run_main  # noqa: PLC0415

    clock, work = Clock(), _work(stage)
    servers = bootstrap.split(",")
    flow = Dataflow("bench")
    kafka = KafkaSource(servers, [source], tail=False, batch_size=BATCH)
    stream = op.input("in", flow, kafka)

    def batch(messages: list[Any]) -> list[Any]:
        clock.first()
        made = _pairs(work([Record(m.value, m.key) for m in messages]))
        return [KafkaSinkMessage(key, value) for key, value in made]

    config = {"compression.type": "zstd", "acks": "all", "enable.idempotence": "true",
              "linger.ms": "5"}  # fmt: skip
    op.output("out", op.flat_map_batch("work", stream, batch), KafkaSink(servers, target, config))
    run: Any = run_main
    run(flow)
    clock.stop()
    clock.count = count
    return clock


ENGINES = {
    "newswire": newswire,
    "aiokafka": aiokafka,
    "faust": faust,
    "quix": quix,
    "bytewax": bytewax,
}

if __name__ == "__main__":
    engine, servers, from_topic, to_topic, number, stage_name = sys.argv[1:]
    taken = ENGINES[engine](servers, from_topic, to_topic, int(number), stage_name)
    sys.stdout.write("\n" + json.dumps(taken.result()) + "\n")
    sys.stdout.flush()
    os._exit(0)
