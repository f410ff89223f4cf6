"""A pipeline of real workers on a real cluster, fed at a steady rate while it is ill-treated."""

import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from ops.broker import LocalCluster
from streams.topology import DLQ, DUPLICATES, RAW, TAGGED, UNIQUE, UNROUTED
from tests.chaos.ledger import Ledger, Verdict
from tests.workers import PASS, ROOT, WorkerProcess, committed, create_topics, ends, wait_for

T = TypeVar("T")

SESSION_SECONDS = 6.0
COMMIT_SECONDS = 0.5
KEYS = 40
QUIET_SECONDS = 5.0
"""Nothing arrived for so long and every input is committed to its end: nothing will come."""
RECOVERY_SECONDS = SESSION_SECONDS + 10


class Pipeline:
    """Workers, a feeder and a reader of the outputs, in topics of their own (by prefix)."""

    def __init__(
        self,
        cluster: LocalCluster,
        name: str,
        folder: Path,
        seed: int,
        rate: float = 150,
        module: str = "",
        stages: str = PASS,
        **environment: str,
    ) -> None:
        self.cluster, self.name, self.seed = cluster, name, seed
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.random = random.Random(seed)  # noqa: S311
        self.prefix = f"{name}.{seed % 100000}."
        self.ledger = Ledger()
        self.kills: Counter[str] = Counter()
        self.workers: list[WorkerProcess] = []
        self.stages = stages
        self.failures: list[str] = []
        self._rate, self._module = rate, module
        self._environment = {
            "topic_prefix": self.prefix,
            "commit_interval": str(COMMIT_SECONDS),
            "session_timeout": str(SESSION_SECONDS),
            "rebalance_timeout": "15",
            "shutdown_timeout": "8",
            **environment,
        }
        self._feeding = threading.Event()
        self._reading = threading.Event()
        self._threads: list[threading.Thread] = []
        self._begun = time.monotonic()

    # Life

    def start(self, workers: int = 3) -> Self:
        insist(lambda: create_topics(self.cluster.bootstrap, self.prefix))
        for _ in range(workers):
            self.add_worker()
        self.workers[0].wait_ready(90)
        self._feeding.set()
        self._reading.set()
        for body in (self._feed, self._read):
            thread = threading.Thread(target=self._watched, args=(body,), daemon=True)
            thread.start()
            self._threads.append(thread)
        self._begun = time.monotonic()
        return self

    def _watched(self, body: Callable[[], None]) -> None:
        """A feeder or reader that ends early proves nothing: it is a problem of the verdict."""
        try:
            body()
        except Exception as error:  # noqa: BLE001 - whatever it was, the run is void
            self.failures.append(f"the harness failed in {body.__name__}: {error!r}")

    def add_worker(self) -> WorkerProcess:
        worker = WorkerProcess(
            self.cluster.bootstrap, "chaos", self.folder, self.stages, **self._environment
        )
        if self._module:
            worker.command[:1] = [sys.executable, "-m", self._module]
        self.workers.append(worker.start())
        return worker

    def finish(self, seconds: float = 180) -> Verdict:
        """Stop feeding, wait until all has come out (or time is up), and judge."""
        self._feeding.clear()
        for feeder in self._threads[:1]:
            feeder.join(60)
        deadline = time.monotonic() + seconds
        while self.ledger.missing() and time.monotonic() < deadline:
            if self.ledger.quiet() > QUIET_SECONDS and insist(self.lag) == 0:
                break
            time.sleep(0.5)
        time.sleep(1)
        self._reading.clear()
        for reader in self._threads[1:]:
            reader.join(30)
        self.close()
        verdict = self.ledger.verdict(self.name, self.seed, self.kills, COMMIT_SECONDS, self._begun)
        verdict.problems += self.failures
        return verdict

    def lag(self) -> int:
        """Records of the three inputs that the group has not committed."""
        group = f"{self.prefix}chaos"
        done = committed(self.cluster.bootstrap, group)
        inputs = [self.prefix + topic for topic in (RAW, UNIQUE, TAGGED)]
        found = ends(self.cluster.bootstrap, inputs)
        return sum(end - done.get((tp.topic, tp.partition), 0) for tp, end in found.items())

    def close(self) -> None:
        self._feeding.clear()
        self._reading.clear()
        for worker in self.workers:
            worker.kill()

    def logs(self) -> str:
        return "\n".join(f"--- {w.log.name}\n{w.text()[-1500:]}" for w in self.workers[-6:])

    def delete_topics(self) -> None:
        insist(lambda: self.delete(""))
        shutil.rmtree(self.folder, ignore_errors=True)

    def delete(self, topic: str) -> None:
        """Delete the pipeline's topics whose name goes on so."""
        admin = KafkaAdminClient(bootstrap_servers=self.cluster.bootstrap)
        names = [t for t in admin.list_topics() if t.startswith(self.prefix + topic)]
        admin.delete_topics(names)
        admin.close()

    # Ill treatment

    def living(self) -> list[WorkerProcess]:
        return [worker for worker in self.workers if worker.running()]

    def kill_workers(self, count: int) -> None:
        """kill -9 of some workers at random; as many new ones start at once."""
        for worker in self.random.sample(self.living(), min(count, len(self.living()))):
            worker.kill()
            self.kills["kill"] += 1
            self.add_worker()

    def stop_worker(self) -> None:
        """SIGTERM to the oldest, and a new one when it has ended."""
        worker = self.living()[0]
        assert worker.stop(60) == 0, worker.text()[-3000:]
        self.kills["term"] += 1
        self.add_worker()

    def resize(self, wanted: int) -> None:
        """As many workers as wanted: SIGTERM to some (not waited for), or new ones."""
        living = self.living()
        for worker in living[wanted:]:
            worker.signal(signal.SIGTERM)
            self.kills["term"] += 1
        for _ in range(wanted - len(living)):
            self.add_worker()

    def freeze_workers(self, count: int, seconds: float) -> None:
        """SIGSTOP past the session timeout: zombies wake up with work in hand."""
        workers = self.living()[:count]
        for worker in workers:
            worker.signal(signal.SIGSTOP)
            self.kills["zombie"] += 1
        time.sleep(seconds)
        for worker in workers:
            worker.signal(signal.SIGCONT)

    def kill_broker(self, node: int, *, order: bool = False) -> None:
        """Kill (or stop in order) one node, and start it again with its data."""
        (self.cluster.stop_node if order else self.cluster.kill)(node)
        self.kills["broker"] += 1
        time.sleep(self.random.uniform(0.5, 3))
        self.cluster.restart(node)

    def coordinator(self) -> int:
        """The node that coordinates the workers' group."""
        return insist(self._coordinator)

    def _coordinator(self) -> int:
        admin = KafkaAdminClient(bootstrap_servers=self.cluster.bootstrap)
        node = admin._manager.run(admin._find_coordinator_id, f"{self.prefix}chaos")
        admin.close()
        return int(node)

    def any_node(self) -> int:
        return self.random.choice(list(self.cluster.nodes))

    # Feeding and reading

    def _feed(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self.cluster.bootstrap, acks="all", enable_idempotence=True,
            delivery_timeout_ms=120_000, max_block_ms=120_000,
        )  # fmt: skip
        number = 0
        pending: list[tuple[bytes, Any]] = []
        begun = time.monotonic()
        while self._feeding.is_set():
            while number < (time.monotonic() - begun) * self._rate:
                key = b"k%d" % (number % KEYS)
                identity = b"%s:%d" % (key, number // KEYS)
                value = identity + b"|" + b"x" * 300
                self.ledger.fed[identity] = time.monotonic()
                pending.append((identity, producer.send(self.prefix + RAW, value, key=key)))
                number += 1
            time.sleep(0.02)
        producer.flush()
        self.ledger.sent.update(i for i, future in pending if future.succeeded())
        producer.close()

    def _read(self) -> None:
        consumer = KafkaConsumer(
            bootstrap_servers=self.cluster.bootstrap, enable_auto_commit=False,
            auto_offset_reset="earliest",
        )  # fmt: skip
        consumer.assign(insist(lambda: self._outputs(consumer)))
        while self._reading.is_set():
            for records in consumer.poll(200).values():
                for record in records:
                    self._take(record)
        consumer.close()

    def _outputs(self, consumer: KafkaConsumer) -> list[TopicPartition]:
        topics = [self.prefix + t for t in (UNROUTED, DUPLICATES, DLQ)]
        numbers = {topic: consumer.partitions_for_topic(topic) for topic in topics}
        if not all(numbers.values()):
            raise KafkaError(f"not all of {topics} are known yet")
        return [TopicPartition(t, p) for t, ps in numbers.items() for p in ps or ()]

    def _take(self, record: Any) -> None:
        if record.topic.endswith(DLQ):
            self.ledger.letter(record)
        else:
            self.ledger.output(record, time.monotonic())


def insist(work: Callable[[], T], seconds: float = 60) -> T:
    """`work()`, again and again while brokers that were just killed make it fail."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return work()
        except (KafkaError, OSError, subprocess.CalledProcessError):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.5)


def settle(pipeline: Pipeline, seconds: float = 60) -> None:
    """Wait until one worker is ready."""
    wait_for(
        lambda: any(w.get("/ready")[0] == 200 for w in pipeline.living()), seconds, pipeline.logs
    )


REPORTS = ROOT / "out" / "chaos"
