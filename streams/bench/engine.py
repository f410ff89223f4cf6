"""Our engine beside its peers on one real broker, its latency, and its memory over time."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from kafka.structs import TopicPartition

from streams.bench import load
from streams.headers import ORIGIN, parse_coordinates
from streams.settings import settings
from streams.stages.contract import Prepared, Record
from streams.topology import RAW, TAGGED, UNIQUE, UNROUTED

ARTICLE_BYTES = 4_000
PARTITIONS = 6
RUN_SECONDS = 600
KEEP = {"message.timestamp.type": "LogAppendTime"}


@dataclass(frozen=True, slots=True)
class Speed:
    """One run of one engine."""

    engine: str
    articles_per_second: float
    cpu_us: float
    peak_mb: float


def articles(count: int, stage: str) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of the load: 4 kB of JSON, or (stage "real") clean articles."""
    raws = (value for value in islice(load.articles(count, reprints=0.0), count))
    if stage != "real":
        for n, raw in enumerate(raws):
            text = orjson.loads(raw)["text"][: ARTICLE_BYTES - 30]
            yield b"%032x" % (n * 7919), orjson.dumps({"id": n, "text": text})
        return
    from streams.stages.pipeline import DedupStage  # noqa: PLC0415 - loads models

    dedup = DedupStage(settings().max_record_bytes)
    for raw in raws:
        for prepared in dedup.prepare([Record(raw)]):
            if isinstance(prepared, Prepared):
                yield orjson.loads(prepared.state)["article_id"].encode(), prepared.state


class Board:
    """A broker's topics for one benchmark."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin = KafkaAdminClient(bootstrap_servers=bootstrap)

    def topics(self, *names: str, partitions: int = PARTITIONS) -> None:
        """Create topics."""
        self._admin.create_topics([NewTopic(n, partitions, 1, topic_configs=KEEP) for n in names])
        self._admin.wait_for_topics(list(names))

    def drop(self, *names: str) -> None:
        """Delete topics, so that the disk does not fill."""
        self._admin.delete_topics(list(names))

    def feed(self, topic: str, records: Iterator[tuple[bytes, bytes]]) -> int:
        """Send all and wait; how many."""
        producer = KafkaProducer(
            bootstrap_servers=self.bootstrap, acks="all", linger_ms=20, batch_size=200_000,
            compression_type="zstd" if _has_zstd() else "gzip",
        )  # fmt: skip
        count = 0
        for key, value in records:
            producer.send(topic, value, key=key)
            count += 1
        producer.flush()
        producer.close()
        return count


def _has_zstd() -> bool:
    from kafka.codec import has_zstd  # noqa: PLC0415

    return bool(has_zstd())


def run_engine(
    board: Board, engine: str, source: str, target: str, count: int, stage: str
) -> Speed:
    """One engine over the whole source.

    Raises:
        RuntimeError: it failed; the message ends with its output.
    """
    command = [sys.executable, "-m", "streams.bench.engines", engine, board.bootstrap]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - our own command
            [*command, source, target, str(count), stage],
            capture_output=True, text=True, timeout=RUN_SECONDS, check=False,
            env=os.environ | {"NEWSWIRE_STATE_DIR": folder, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"{engine}: {(done.stderr or done.stdout)[-2000:]}")
    found = json.loads(lines[-1])
    return Speed(engine, count / found["seconds"], 1e6 * found["cpu"] / count, found["peak_mb"])


def compare(
    bootstrap: str, engines: list[str], count: int, rounds: int, stage: str,
    told: Callable[[Speed], None],
) -> list[Speed]:  # fmt: skip
    """Every engine `rounds` times in turn over the same topic; all single runs."""
    board = Board(bootstrap)
    prefix = f"bench{time.time_ns() % 10**9}."
    source = prefix + UNIQUE
    board.topics(source, prefix + TAGGED, prefix + "news.dlq")
    fed = board.feed(source, articles(count, stage))
    speeds: list[Speed] = []
    for number in range(rounds):
        for engine in engines:
            target = prefix + TAGGED if engine == "newswire" else f"{prefix}{engine}.{number}"
            if engine != "newswire":
                board.topics(target)
            speeds.append(run_engine(board, engine, source, target, fed, stage))
            told(speeds[-1])
            if engine != "newswire":
                board.drop(target)
    board.drop(source, prefix + TAGGED)
    return speeds


def best(speeds: list[Speed]) -> dict[str, Speed]:
    """Per engine the medians of its runs: the machine is shared and others' load comes in waves."""
    names = dict.fromkeys(speed.engine for speed in speeds)
    grouped = {name: [s for s in speeds if s.engine == name] for name in names}
    return {
        name: Speed(
            name,
            statistics.median(s.articles_per_second for s in group),
            statistics.median(s.cpu_us for s in group),
            max(s.peak_mb for s in group),
        )
        for name, group in grouped.items()
    }


class WorkerUnderLoad:
    """A real worker with three agents, fed at a steady rate in topics of its own."""

    def __init__(self, bootstrap: str, stages: str) -> None:
        self.bootstrap = bootstrap
        self.prefix = f"load{time.time_ns() % 10**9}."
        self._folder = tempfile.TemporaryDirectory()
        newswire = str(Path(sys.executable).with_name("newswire"))
        environment = os.environ | {
            "NEWSWIRE_BOOTSTRAP": bootstrap,
            "NEWSWIRE_TOPIC_PREFIX": self.prefix,
            "NEWSWIRE_STATE_DIR": self._folder.name,
            "NEWSWIRE_WEB_PORT": "0",
        }
        create = [newswire, "topics", "create"]
        subprocess.run(create, env=environment, check=True, capture_output=True)  # noqa: S603
        command = [newswire, "worker", "--stages", stages]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603

    def wait_working(self, seconds: float = 120) -> None:
        """Feed a little until something comes out.

        Raises:
            RuntimeError: nothing did in `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not self._read((UNROUTED,), 5):
            if time.monotonic() > deadline:
                raise RuntimeError("the worker put nothing out")
            self.feed(10, 2, lambda _: None)

    def feed(self, rate: float, seconds: float, each: Callable[[float], None]) -> None:
        """Send generated articles at `rate`; `each` is called every second with the time passed."""
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        begun, told = time.monotonic(), 0
        for sent, value in enumerate(load.articles(int(rate * seconds), reprints=0.0)):
            while (passed := time.monotonic() - begun) < sent / rate:
                time.sleep(min(0.01, sent / rate - passed))
            producer.send(self.prefix + RAW, value, key=b"%d" % sent)
            if passed >= told:
                told += 1
                each(passed)
        producer.flush()
        producer.close()

    def rss_mb(self) -> float:
        """Resident memory of the worker and its stage process."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return sum(_rss(pid) for pid in pids) / 1e6

    def ages(self, since: float, topics: tuple[str, ...] = (UNROUTED,)) -> list[float]:
        """Seconds from a raw record's append to each output's append, by the broker's clock.

        Only of raw records appended after `since` (Unix time).
        """
        raw_times = {(r.partition, r.offset): r.timestamp for r in self._read((RAW,), 60)}
        ages: list[float] = []
        for record in self._read(topics, 60):
            origin = parse_coordinates(dict(record.headers).get(ORIGIN, b""))
            begun = raw_times.get(origin[1:]) if origin else None
            if begun is not None and begun > since * 1000:
                ages.append((record.timestamp - begun) / 1000)
        return ages

    def _read(self, topics: tuple[str, ...], seconds: float) -> list[Any]:
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        parts = [
            TopicPartition(self.prefix + t, p)
            for t in topics
            for p in consumer.partitions_for_topic(self.prefix + t) or ()
        ]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        records: list[Any] = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = consumer.poll(1000, max_records=5000)
            records += [r for rs in found.values() for r in rs]
            if not found:
                break
        consumer.close()
        return records

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(60)
        self._folder.cleanup()


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def _rss(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def slope(samples: list[tuple[float, float]]) -> float:
    """MB a minute by least squares over (seconds, MB), the first third left out (warm-up)."""
    kept = samples[len(samples) // 3 :]
    line = statistics.linear_regression([s for s, _ in kept], [mb for _, mb in kept])
    return line.slope * 60
