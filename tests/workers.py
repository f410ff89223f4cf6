"""Real workers as processes, and what the topics say about them."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.structs import OffsetAndMetadata, TopicPartition

ROOT = Path(__file__).parents[1]
NEWSWIRE = str(Path(sys.executable).with_name("newswire"))
PASS = "streams.bench.passthrough:load_stages"
SERVING = re.compile(r"Serving http://127\.0\.0\.1:(\d+)/")


class WorkerProcess:
    """`newswire worker` as a process with a log file; as a context manager it is killed."""

    def __init__(
        self,
        bootstrap: str,
        group: str,
        folder: Path,
        stages: str = PASS,
        only: Iterable[str] = (),
        args: Iterable[str] = (),
        **environment: str,
    ) -> None:
        self.log = folder / f"worker-{time.monotonic_ns()}.log"
        self.command = [NEWSWIRE, "worker", "--stages", stages, *args]
        self.command += [word for name in only for word in ("--only", name)]
        self._environment = os.environ | {
            "NEWSWIRE_BOOTSTRAP": bootstrap,
            "NEWSWIRE_GROUP": group,
            "NEWSWIRE_WEB_PORT": "0",
            "NEWSWIRE_STATE_DIR": str(folder),
            "NEWSWIRE_STAGE_MODE": "thread",
            "PYTHONDONTWRITEBYTECODE": "",  # the first worker compiles for all after it
            **{f"NEWSWIRE_{name.upper()}": value for name, value in environment.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=self._environment, cwd=ROOT
            )
        return self

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        if self.process is not None and self.running():
            self.process.kill()
            self.process.wait()

    def stop(self, seconds: float = 45) -> int:
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = 45) -> int:
        assert self.process is not None
        return self.process.wait(seconds)

    def text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def url(self, path: str) -> str:
        found = SERVING.search(self.text())
        return f"http://127.0.0.1:{found.group(1)}{path}" if found else ""

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Status and body; (0, "") while it does not serve."""
        if not self.url(path):
            return 0, ""
        request = urllib.request.Request(self.url(path), method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_ready(self, seconds: float = 60) -> Self:
        wait_for(lambda: self.get("/ready")[0] == 200, seconds, self.text)
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()


def wait_for(
    condition: Callable[[], object], seconds: float = 60, explain: Callable[[], str] = str
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s\n{explain()[-6000:]}"
        time.sleep(0.1)


def create_topics(bootstrap: str, prefix: str = "") -> None:
    command = [NEWSWIRE, "topics", "create", "--bootstrap", bootstrap]
    environment = os.environ | {"NEWSWIRE_TOPIC_PREFIX": prefix}
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True, env=environment)


def send(bootstrap: str, topic: str, records: Iterable[tuple[bytes | None, bytes | None]]) -> None:
    """Send (key, value) pairs and wait until all are acknowledged."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", retries=20)
    futures = [producer.send(topic, key=key, value=value) for key, value in records]
    for future in futures:
        future.get(60)
    producer.close()


def ends(bootstrap: str, topics: Iterable[str]) -> dict[TopicPartition, int]:
    """The end offset of every partition of the topics."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    partitions = [
        TopicPartition(t, p) for t in topics for p in sorted(consumer.partitions_for_topic(t) or ())
    ]
    offsets = dict(consumer.end_offsets(partitions))
    consumer.close()
    return offsets


def start_at_end(bootstrap: str, group: str, topics: Iterable[str]) -> dict[TopicPartition, int]:
    """Let a new group begin at the ends of its topics, so that other tests don't matter."""
    offsets = ends(bootstrap, topics)
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    consumer.assign(list(offsets))
    consumer.commit({tp: OffsetAndMetadata(offset, "", -1) for tp, offset in offsets.items()})
    consumer.close()
    return offsets


def committed(bootstrap: str, group: str) -> dict[tuple[str, int], int]:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    found = admin.list_group_offsets([group])[group]
    admin.close()
    return {(tp.topic, tp.partition): o.offset for tp, o in found.items()}


class Reader:
    """Collects what arrives on topics from a given position on."""

    def __init__(self, bootstrap: str, begin: dict[TopicPartition, int]) -> None:
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        )
        self._consumer.assign(list(begin))
        for tp, offset in begin.items():
            self._consumer.seek(tp, offset)
        self.records: list[object] = []

    @classmethod
    def of_all(cls, bootstrap: str, topics: Iterable[str]) -> Self:
        """Reads the topics from their first offsets on."""
        return cls(bootstrap, dict.fromkeys(ends(bootstrap, topics), 0))

    def poll(self) -> list[object]:
        """What the topics hold at the call: later records must not keep it from ending."""
        last = self._consumer.end_offsets(list(self._consumer.assignment()))
        while any(self._consumer.position(tp) < offset for tp, offset in last.items()):
            if not (found := self._consumer.poll(200, max_records=5000)):
                break
            self.records += [record for records in found.values() for record in records]
        return self.records

    def close(self) -> None:
        self._consumer.close()
