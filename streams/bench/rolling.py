"""A rolling restart of real workers under load, and how late the articles were meanwhile."""

import contextlib
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from kafka import KafkaAdminClient

from ops import clients, outputs, topics
from ops.audit import Period, Report, Topics, audit
from ops.broker import LocalCluster
from ops.broker.ports import free_ports
from ops.demo import DemoError, DemoWorker, Load, demo_settings, watch, worker_environment
from ops.reading import read
from streams.bench.load import articles
from streams.headers import APPENDED, ORIGIN
from streams.settings import Settings
from streams.topics import catalogue
from streams.topology import RAW, UNROUTED

WARM_RATE = 10.0
READY_SECONDS = 180.0
ENDLESS = 10_000_000
SETTLED_SECONDS = 5.0
"""Between a worker's return and the next one's stop, as Kubernetes' minReadySeconds."""
_REBALANCE = "Preparing to rebalance group"


@dataclass(frozen=True, slots=True)
class Plan:
    """`static`: each worker has a name that outlives it; `session_seconds`: how long it is kept."""

    workers: int = 3
    rate: float = 100.0
    static: bool = True
    session_seconds: float = 10.0
    lead_seconds: float = 10.0


@dataclass(slots=True)
class Outcome:
    """What a rolling restart has shown; `ages` are seconds, sorted, of each article once."""

    plan: Plan
    sent: int
    ages: list[float]
    restarts: list[float]
    rebalances: int
    report: Report

    def age(self, part: float) -> float:
        """A quantile of the ages."""
        return self.ages[min(len(self.ages) - 1, int(len(self.ages) * part))]

    @property
    def lost(self) -> int:
        """Articles of which no end is known, and those of the load that never came."""
        missing = len(self.report.raw.missing) + len(self.report.unique.missing)
        pending = self.report.raw.pending + self.report.unique.pending
        return missing + pending + max(0, self.sent - self.report.raw.read)


@dataclass(slots=True)
class Slot:
    """A place in the fleet: port and name stay, the process changes."""

    name: str
    port: int
    environment: dict[str, str]
    worker: DemoWorker | None = None

    def start(self, cluster: LocalCluster) -> None:
        """Start its next process."""
        self.worker = DemoWorker.start(cluster, self.environment, self.name)

    def ready(self) -> bool:
        """Whether its process works."""
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{self.port}/ready"
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004 - HTTP
        return False

    def wait_ready(self) -> None:
        """Return when it works.

        Raises:
            DemoError: its process ended, or it took too long.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not self.ready():
            assert self.worker is not None  # noqa: S101 - for the type checker
            self.worker.check()
            if time.monotonic() > deadline:
                raise DemoError(f"{self.name} is not ready\n{self.worker.tail()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """SIGTERM and wait."""
        if self.worker is not None:
            self.worker.stop()


def rolling(plan: Plan, told: Callable[[str], None]) -> Outcome:
    """Restart each worker in turn under load; `told` hears what happens.

    Raises:
        BrokerError, JarsError: the broker did not start.
        DemoError: a worker ended, or something took too long.
    """
    with ExitStack() as stack:
        cluster = stack.enter_context(LocalCluster())
        settings = demo_settings(cluster)
        admin = stack.enter_context(clients.admin(settings))
        topics.create(admin, catalogue(settings, outputs.builtin_topics()), 1)
        fleet = stack.enter_context(_fleet(cluster, settings, plan))
        told(f"{plan.workers} workers are ready")
        values = articles(ENDLESS, reprints=0.0)
        with _load(settings, values, WARM_RATE):
            time.sleep(plan.lead_seconds)
        before, since = _rebalances(cluster), time.time()
        with _load(settings, values, plan.rate) as load:
            time.sleep(plan.lead_seconds)
            restarts = [_restart(cluster, slot, told) for slot in fleet]
        workers = [slot.worker for slot in fleet if slot.worker is not None]
        for _ in watch(admin, settings, workers, READY_SECONDS):
            pass
        rebalances = _rebalances(cluster) - before
        report = audit(Topics(admin, partial(clients.consumer, settings)), Period())
        ages = _ages(settings, admin, since)
    return Outcome(plan, load.sent, ages, restarts, rebalances, report)


@contextmanager
def _fleet(cluster: LocalCluster, settings: Settings, plan: Plan) -> Iterator[list[Slot]]:
    fleet = []
    for number, port in enumerate(free_ports(plan.workers)):
        name = f"worker-{number}"
        environment = worker_environment(cluster, settings, port)
        environment["NEWSWIRE_SESSION_TIMEOUT"] = str(plan.session_seconds)
        if plan.static:
            environment["NEWSWIRE_INSTANCE_ID"] = name
        fleet.append(Slot(name, port, environment))
    try:
        for slot in fleet:
            slot.start(cluster)
        for slot in fleet:
            slot.wait_ready()
        yield fleet
    finally:
        for slot in fleet:
            slot.stop()


@contextmanager
def _load(settings: Settings, values: Iterator[bytes], rate: float) -> Iterator[Load]:
    producer = clients.producer(settings)
    load = Load(producer, RAW, values, rate)
    load.start()
    try:
        yield load
    finally:
        load.stop()
        producer.close()


def _restart(cluster: LocalCluster, slot: Slot, told: Callable[[str], None]) -> float:
    begun = time.monotonic()
    slot.stop()
    stopped = time.monotonic() - begun
    slot.start(cluster)
    slot.wait_ready()
    seconds = time.monotonic() - begun
    told(f"{slot.name} restarted in {seconds:.1f} s ({stopped:.1f} s of it to stop)")
    time.sleep(SETTLED_SECONDS)
    return seconds


def _rebalances(cluster: LocalCluster) -> int:
    """How often the broker began to rebalance a group, by its own log."""
    return sum(
        node.log_file.read_text(errors="replace").count(_REBALANCE)
        for node in cluster.nodes.values()
    )


def _ages(settings: Settings, admin: KafkaAdminClient, since: float) -> list[float]:
    """Seconds from append to raw to the first append to its streams (the last of them)."""
    first: dict[tuple[bytes, str], float] = {}
    reader = partial(clients.consumer, settings)
    for topic in [*outputs.output_topics(admin, reader, ""), UNROUTED]:
        for record in _records(settings, admin, topic):
            headers = dict(record.headers)
            begun = int(headers.get(APPENDED, b"0"))
            if begun >= since * 1000:
                place = headers[ORIGIN], topic
                age = (record.timestamp - begun) / 1000
                first[place] = min(age, first.get(place, age))
    ages: dict[bytes, float] = {}
    for (origin, _), age in first.items():
        ages[origin] = max(age, ages.get(origin, 0.0))
    return sorted(ages.values())


def _records(settings: Settings, admin: KafkaAdminClient, topic: str) -> Iterator[Any]:
    consumer = clients.consumer(settings)
    try:
        ranges = clients.bounds(admin, clients.partitions_of(admin, topic))
        yield from read(consumer, ranges)
    finally:
        consumer.close()
