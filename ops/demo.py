"""The demonstrations: articles through workers on a real broker, watched on the topics."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kafka import KafkaAdminClient, KafkaProducer

from ops import clients
from ops.broker import LocalCluster
from ops.broker.process import end_child
from ops.lag import lag_records
from ops.reading import read
from streams import topology
from streams.settings import PREFIX, Settings, load

STEP_TOPICS = tuple(step.reads for step in topology.STEPS)
LOOK_SECONDS = 0.5
STOP_SECONDS = 30.0


class DemoError(RuntimeError):
    """The worker ended or did not finish in time; the message ends with its last lines."""


@dataclass(slots=True)
class DemoWorker:
    """A `newswire worker` that ends with the cluster, even if this process is killed."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @classmethod
    def start(
        cls, cluster: LocalCluster, environment: Mapping[str, str], name: str = "worker"
    ) -> "DemoWorker":
        """Start it; `environment` is all of its environment, `name` that of its log."""
        # The folder in the command line tells the cluster's guard that the process is ours.
        code = f"from streams.cli import main; main()  # {cluster.folder}"
        log = cluster.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-c", code, "worker", "--wait", "60"],
                stdout=output,
                stderr=output,
                env=dict(environment),
                start_new_session=True,
            )
        cluster.adopt(process.pid)
        return cls(process, log)

    def check(self) -> None:
        """Return if it runs.

        Raises:
            DemoError: it ended.
        """
        if self.process.poll() is not None:
            raise DemoError(f"the worker ended with {self.process.returncode}\n{self.tail()}")

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def stop(self) -> None:
        """SIGTERM, then SIGKILL."""
        end_child(self.process, STOP_SECONDS)


def demo_settings(cluster: LocalCluster) -> Settings:
    """The settings on a broker of the demonstration, whatever the environment says of others."""
    return load(bootstrap=cluster.bootstrap, security_protocol="PLAINTEXT", topic_prefix="")


def worker_environment(
    cluster: LocalCluster, settings: Settings, web_port: int = 0
) -> dict[str, str]:
    """The whole environment of a demonstration's worker; port 0 takes a free one."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {
        "NEWSWIRE_BOOTSTRAP": cluster.bootstrap,
        "NEWSWIRE_GROUP": settings.group,
        "NEWSWIRE_WEB_PORT": str(web_port),
        "NEWSWIRE_STATE_DIR": str(cluster.folder / f"state-{web_port}"),
    }


class Load(threading.Thread):
    """Sends values to a topic at a steady rate until it is stopped or they end.

    `sent` counts them; `error` is what ended it, if something did.
    """

    def __init__(
        self, producer: KafkaProducer, topic: str, values: Iterable[bytes], rate: float
    ) -> None:
        super().__init__(daemon=True)
        self.sent = 0
        self.error: Exception | None = None
        self._producer, self._topic, self._values, self._rate = producer, topic, values, rate
        self._stopping = threading.Event()

    def run(self) -> None:
        """Send, each at its time; a late one follows at once."""
        begun = time.monotonic()
        try:
            for number, value in enumerate(self._values):
                if self._stopping.wait(max(0.0, begun + number / self._rate - time.monotonic())):
                    break
                self._producer.send(self._topic, value, key=b"%d" % number)
                self.sent = number + 1
            self._producer.flush()
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            self.error = error

    def stop(self) -> int:
        """Stop and wait until all are delivered; how many.

        Raises:
            Exception: what ended it early.
        """
        self._stopping.set()
        self.join()
        if self.error is not None:
            raise self.error
        return self.sent


def feed(producer: KafkaProducer, topic: str, values: Iterable[bytes | None]) -> int:
    """Send the values in order; returns how many were acknowledged."""
    futures = [producer.send(topic, value, partition=0) for value in values]
    producer.flush()
    for future in futures:
        future.get(60)
    return len(futures)


def counts(admin: KafkaAdminClient, settings: Settings) -> dict[str, int]:
    """Records on each of our topics that has any, output streams last."""
    names = sorted(name for name in admin.list_topics() if name.startswith(settings.topic("news.")))
    parts = [part for name in names for part in clients.partitions_of(admin, name)]
    found: dict[str, int] = {}
    for part, (first, last) in clients.bounds(admin, parts).items():
        found[part.topic] = found.get(part.topic, 0) + last - first
    order = {settings.topic(name): n for n, name in enumerate(ORDER)}
    return {n: found[n] for n in sorted(found, key=lambda n: (order.get(n, 99), n)) if found[n]}


ORDER = (
    topology.RAW,
    topology.FINGERPRINTS,
    topology.UNIQUE,
    topology.DUPLICATES,
    topology.DLQ,
    topology.TAGGED,
    topology.UNROUTED,
)


def watch(
    admin: KafkaAdminClient, settings: Settings, workers: Sequence[DemoWorker], seconds: float
) -> Iterator[dict[str, int]]:
    """The counts, again and again, until everything is worked through and committed.

    Raises:
        DemoError: a worker ended, or `seconds` were not enough.
    """
    deadline = time.monotonic() + seconds
    while True:
        for worker in workers:
            worker.check()
        settled = _settled(admin, settings)
        yield counts(admin, settings)
        if settled:
            return
        if time.monotonic() > deadline:
            raise DemoError(f"not done in {seconds:.0f} s\n{workers[0].tail()}")
        time.sleep(LOOK_SECONDS)


def _settled(admin: KafkaAdminClient, settings: Settings) -> bool:
    # In the order of the flow: what the first step has committed is on the second's topic.
    for name in STEP_TOPICS:
        found = lag_records(admin, settings.group_id, [settings.topic(name)])
        if any(start < end for _, start, end in found.values()):
            return False
    return True


def values_of(settings: Settings, admin: KafkaAdminClient, topic: str) -> list[bytes]:
    """The values on a topic now."""
    consumer = clients.consumer(settings)
    try:
        ranges = clients.bounds(admin, clients.partitions_of(admin, topic))
        return [record.value for record in read(consumer, ranges)]
    finally:
        consumer.close()
