"""An incident to watch: a scraper breaks while the news flows; the alerts; the repair."""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from typing import Any, Self

import orjson
from kafka import KafkaAdminClient

from ops import clients, outputs, topics
from ops.audit import Period, Report, Topics, audit
from ops.broker import LocalCluster
from ops.broker.ports import free_ports
from ops.broker.properties import HOST
from ops.demo import (
    STEP_TOPICS,
    DemoError,
    DemoWorker,
    Load,
    demo_settings,
    feed,
    watch,
    worker_environment,
)
from ops.dlq import Letter, fixer, letters
from ops.lag import Lag, lag
from ops.monitor import LocalPrometheus
from ops.redrive import plan, redrive
from ops.selection import Selection
from streams.topics import catalogue
from streams.topology import DLQ, OPS, RAW

ALERTS = ("NewswireDeadLetterBurnFast", "NewswireDeadLettersGrow")
"""What has to fire when a scraper breaks: its page, and the ticket that names stage and reason."""
REASON = "missing_text"
FIX = ".text = .content | del(.content)"
LOOK_SECONDS = 0.5
_FRESHNESS = 'sum by (le) (newswire_freshness_seconds_bucket{since="appended"})'
OBJECTIVES = {
    "in_time_ratio": "1 - newswire:freshness_errors:ratio5m",
    "p50_seconds": f"histogram_quantile(0.5, {_FRESHNESS})",
    "p99_seconds": f"histogram_quantile(0.99, {_FRESHNESS})",
    "dead_letter_ratio": "newswire:dead_letter_errors:ratio1h",
}


def broken(value: bytes) -> bytes:
    """The raw article as a scraper sends it whose new version names the text `content`."""
    article = orjson.loads(value)
    article |= {"source": "broken.example", "url": f"https://broken.example/{article['id']}"}
    article["content"] = article.pop("text")
    return orjson.dumps(article)


class Incident:
    """Broker, workers, load and Prometheus; its steps are called in order. A context manager.

    Args:
        workers: how many.
        factor: the windows of the shipped rules are divided by it.

    Raises (from any step):
        DemoError: a worker or Prometheus ended, or something did not come in time.
    """

    def __init__(self, workers: int, factor: float) -> None:
        self._stack = ExitStack()
        self._count, self._factor = workers, factor
        self.workers: list[DemoWorker] = []
        self._load: Load | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_broker(self) -> str:
        """Start Kafka and make the topics; its bootstrap server.

        Raises:
            BrokerError, JarsError: it did not start.
        """
        self.cluster = LocalCluster().__enter__()
        self._stack.callback(self.cluster.stop, quick=True)
        self.settings = demo_settings(self.cluster)
        self.admin: KafkaAdminClient = self._stack.enter_context(clients.admin(self.settings))
        topics.create(self.admin, catalogue(self.settings, outputs.builtin_topics()), 1)
        self._producer = clients.producer(self.settings)
        self._stack.callback(self._producer.close)
        return self.cluster.bootstrap

    def start_watched_workers(self) -> str:
        """Start the workers and the Prometheus that scrapes them; its address."""
        ports = free_ports(self._count)
        for port in ports:
            environment = worker_environment(self.cluster, self.settings, port)
            worker = DemoWorker.start(self.cluster, environment, f"worker-{port}")
            self.workers.append(worker)
            self._stack.callback(worker.stop)
        folder = self.cluster.folder / "prometheus"
        targets = [f"{HOST}:{port}" for port in ports]
        self.prometheus = self._stack.enter_context(LocalPrometheus(folder, targets, self._factor))
        self.cluster.adopt(self.prometheus.process.pid)
        return self.prometheus.url

    def wait_ready(self, seconds: float) -> None:
        """Return when Prometheus sees every worker ready."""
        self._until(lambda: self.prometheus.value("sum(newswire_ready)") == self._count, seconds)

    def start_load(self, values: Iterable[bytes], rate: float) -> None:
        """Let articles come, `rate` a second, from now on."""
        self._load = Load(self._producer, RAW, values, rate)
        self._load.start()

    def wait_fresh(self, seconds: float) -> None:
        """Return when Prometheus knows the freshness of the articles that come."""
        query = "newswire:freshness_errors:ratio5m >= 0"
        self._until(lambda: self.prometheus.value(query) is not None, seconds)

    def lag(self) -> list[Lag]:
        """The lag of each partition of the three inputs."""
        consumer = clients.consumer(self.settings, max_poll_records=1)
        try:
            return lag(self.admin, consumer, self.settings.group_id, STEP_TOPICS)
        finally:
            consumer.close()

    def objectives(self) -> dict[str, float | None]:
        """Where the objectives stand, by Prometheus."""
        return {name: self.prometheus.value(query) for name, query in OBJECTIVES.items()}

    def poison(self, values: Iterable[bytes]) -> int:
        """Send broken articles among the good ones; how many."""
        return feed(self._producer, RAW, values)

    def wait_alerts(self, names: Iterable[str], seconds: float) -> list[dict[str, Any]]:
        """Return the alerts that fire when all of `names` do."""
        wanted = set(names)
        self._until(lambda: wanted <= {a["labels"]["alertname"] for a in self.firing()}, seconds)
        return self.firing()

    def wait_over(self, names: Iterable[str], seconds: float) -> None:
        """Return when none of `names` fires any more."""
        wanted = set(names)
        self._until(lambda: not wanted & {a["labels"]["alertname"] for a in self.firing()}, seconds)

    def firing(self) -> list[dict[str, Any]]:
        """The alerts that fire now."""
        return [a for a in self.prometheus.alerts() if a["state"] == "firing"]

    def letters(self) -> list[Letter]:
        """All dead letters."""
        consumers = partial(clients.consumer, self.settings)
        return list(letters(self.admin, consumers, DLQ, OPS, Selection()))

    def redrive(self) -> int:
        """Mend the open letters of the broken scraper and send them again; how many."""
        found = [each for each in self.letters() if (each.state, each.reason) == ("open", REASON)]
        made = plan(found, fixer(FIX, None), None, {RAW})
        redrive(self._producer, made, OPS, "the scraper named the text content", lambda _: None)
        return len(made.sends)

    def settle(self, seconds: float) -> int:
        """Stop the load and wait until all is worked through; how many articles it was."""
        sent = self._load.stop() if self._load is not None else 0
        for _ in watch(self.admin, self.settings, self.workers, seconds):
            pass
        return sent

    def audit(self) -> Report:
        """The account of everything that came."""
        return audit(Topics(self.admin, partial(clients.consumer, self.settings)), Period())

    def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            for worker in self.workers:
                worker.check()
            self.prometheus.check()
            if time.monotonic() > deadline:
                raise DemoError(f"not within {seconds:.0f} s\n{self.workers[0].tail()}")
            time.sleep(LOOK_SECONDS)
