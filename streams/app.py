"""The Faust worker: agents of topology's steps on a hardened transport, and their health."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiokafka
import faust
from aiohttp import web
from aiokafka.errors import KafkaError
from faust.exceptions import ConsumerNotStarted
from faust.serializers.schemas import Schema

from streams import __version__, metrics
from streams.agents import StageAgent
from streams.health import Health
from streams.kafka.attempts import Attempts
from streams.kafka.computing import Computing
from streams.kafka.consumer import BatchConsumer
from streams.kafka.delivery import Delivery
from streams.kafka.fingerprint_log import FingerprintLog
from streams.kafka.host import make_host
from streams.kafka.new_topics import NewTopics
from streams.kafka.route_topic import RouteTopic
from streams.kafka.security import aiokafka_options
from streams.kafka.sender import Sender
from streams.kafka.snapshots import Snapshots
from streams.kafka.transport import BatchProducer, install
from streams.live import Wire, live_routes
from streams.observe import IndexWatch, LagGauges
from streams.settings import Settings
from streams.stages.dedup import Index
from streams.supervisor import report_port
from streams.topology import DLQ, FINGERPRINTS, ROUTES, STEPS, Step
from streams.web import WebServer, make_routes

logger = logging.getLogger(__name__)

DECIDED = "dedup"
"""The step that needs the fingerprint log's decisions."""
ROUTED = "route"
"""The step that follows the routes' topic."""
STALL_FACTOR = 4
COLLECT_AFTER = 20_000
"""Objects allocated and not freed until the cycle collector looks."""


class BrokerNotThereError(Exception):
    """No broker answered, or topics are missing, within the time to wait."""


class BatchSchema(Schema[Any, Any]):
    """Hands a fetched batch through undecoded: the stage decodes its records."""

    def compile(self, app: Any, **_: Any) -> Any:
        """The function that makes an event of a message."""
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001
            return create_event(None, message.value, None, message)

        return decode


class Worker:
    """One worker process: Faust app, stages, fingerprint log, web server.

    Args:
        settings: all of them.
        factory: "module:function" that gives the stages by step name.
        steps: the steps that this worker runs.
        extra_routes: more pages for the web server.
        routes_at: route by the table of this offset of `news.routes`, for replays.
    """

    def __init__(
        self,
        settings: Settings,
        factory: str,
        steps: Sequence[Step] = STEPS,
        extra_routes: Sequence[web.RouteDef] = (),
        routes_at: int | None = None,
    ) -> None:
        self.settings = settings
        self.steps = steps
        self.health = Health()
        self.stopping = asyncio.Event()
        self.failure: BaseException | None = None
        self._lag = LagGauges()
        self.host = make_host(factory, settings.stage_mode)
        self.attempts = Attempts(state_dir(settings) / "attempts")
        self.app = _make_app(settings)
        install(self.app, settings, self.crash)
        self.app.on_partitions_assigned.connect(self._assigned, weak=False)  # type: ignore[arg-type]
        decides = any(s.name == DECIDED for s in steps)
        self._index = Index(stretch=settings.snapshot_every) if decides else None
        self.log = self._make_log(self._index) if self._index is not None else None
        routed = any(s.name == ROUTED for s in steps)
        self.routes = RouteTopic(settings, routes_at) if routed else None
        self.wire = Wire()
        self.agents = [self._add_agent(step) for step in steps]
        own = [*make_routes(self.health, self.close_breakers), *live_routes(self.wire)]
        routes = [*own, *extra_routes]
        self.web = WebServer(routes, settings.web_host, settings.web_port)
        self.health.ready_checks.append(self._ready)
        self.health.live_checks.append(self._live)

    @property
    def producer(self) -> BatchProducer:
        """Our producer inside Faust."""
        producer: Any = self.app.producer
        assert isinstance(producer, BatchProducer)  # noqa: S101 - for the type checker
        return producer

    @property
    def consumer(self) -> BatchConsumer:
        """Our consumer inside Faust."""
        consumer: Any = self.app.consumer
        assert isinstance(consumer, BatchConsumer)  # noqa: S101 - for the type checker
        return consumer

    async def run(self, wait: float) -> None:
        """Work until a signal or a failure.

        Raises:
            BrokerNotThereError: no broker or no topics within `wait` seconds.
            BaseException: the failure that ended the worker.
        """
        self._listen_to_signals()
        await self.web.start()
        report_port(self.web.port)
        logger.info("Serving http://%s:%d/metrics /live /ready", self.web.host, self.web.port)
        try:
            topics = {self.settings.topic(name) for name in needed_topics(self.steps)}
            await wait_for_topics(self.settings, topics, wait, self.stopping)
            if not self.stopping.is_set():
                await self._work()
        finally:
            await self._stop()
        if self.failure is not None:
            raise self.failure

    def close_breakers(self) -> list[str]:
        """Close every open breaker; the names of their stages."""
        held = [agent for agent in self.agents if agent.breaker.open]
        for agent in held:
            agent.breaker.close()
        return [agent.step.name for agent in held]

    def crash(self, error: Exception) -> None:
        """End the worker because of an error that no record is to blame for."""
        self.failure = self.failure or error
        self.stopping.set()

    # Parts

    def _make_log(self, index: Index) -> FingerprintLog:
        settings, snapshots = self.settings, None
        if settings.snapshots:
            folder = settings.snapshot_dir or state_dir(settings) / "index"
            snapshots = Snapshots(folder, settings.topic(FINGERPRINTS))
        return FingerprintLog(settings, self.producer, index, self.crash, snapshots)

    def _add_agent(self, step: Step) -> StageAgent:
        sender = Sender(
            self.producer,
            self.settings.max_output_bytes,
            self.settings.unknown_topic_grace,
            self.settings.topic_prefix,
            NewTopics(self.settings),
        )
        agent = StageAgent(
            step,
            self.settings,
            computing=self._make_computing(step),
            delivery=Delivery(step, self.settings, sender),
            batches=lambda: self.consumer,
            attempts=self.attempts,
            crash=self.crash,
            passed=self.wire.passed,
        )

        async def body(stream: Any) -> None:
            await agent.run(stream)

        topic = self.app.topic(self.settings.topic(step.reads), schema=BatchSchema())
        self.app.agent(topic, name=step.name)(body)
        return agent

    def _make_computing(self, step: Step) -> Computing:
        return Computing(
            step.name,
            self.settings,
            host=self.host,
            attempts=self.attempts,
            log=self.log if step.name == DECIDED else None,
            routes=self.routes if step.name == ROUTED else None,
        )

    # Life

    async def _work(self) -> None:
        await self.app.producer.maybe_start()
        # At once: a restart is as long as the longest of them, not as their sum.
        parts = [part for part in (self.host, self.log, self.routes) if part is not None]
        await asyncio.gather(*[part.start() for part in parts])
        metrics.UP.set(1)
        metrics.prepare(step.name for step in self.steps)
        metrics.BUILD.labels(__version__).set(1)
        _spare_the_collector()
        ended = asyncio.create_task(self._start_app())
        stopped = asyncio.create_task(self.stopping.wait())
        watch = asyncio.create_task(self._watch())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        watch.cancel()
        stopped.cancel()
        if ended.done():
            ended.result()
            self.failure = self.failure or self.app.crash_reason
        else:
            ended.cancel()
        logger.info("Stopping: finishing what is in hand")

    async def _start_app(self) -> None:
        await self.app.start()
        await self.app.wait_until_stopped()

    async def _stop(self) -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.app.stop(), self.settings.shutdown_timeout + 15)
        if self.log is not None:
            await self.log.stop()
        if self.routes is not None:
            await self.routes.stop()
        await self.host.stop()
        await self.web.stop()
        self.attempts.close()

    async def _assigned(self, app: Any, assigned: set[Any], **_: Any) -> None:  # noqa: ARG002
        self.attempts.absorb(assigned)

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        loop.add_signal_handler(signal.SIGUSR1, self.close_breakers)

    async def _watch(self) -> None:
        """Keep the gauges that nobody else sets."""
        index = None if self._index is None else IndexWatch(self._index)
        while True:
            metrics.READY.set(int(self.health.ready().ok))
            self._measure()
            if index is not None:
                index.measure()
            await asyncio.sleep(1)

    def _measure(self) -> None:
        for agent in self.agents:
            metrics.DELIVERY_BLOCKED.labels(agent.step.name).set(int(self._blocked(agent)))
        with contextlib.suppress(ConsumerNotStarted):
            self._measure_partitions()
        if self.routes is not None:
            metrics.ROUTES_OFFSET.set(self.routes.position)
            metrics.ROUTES.set(self.routes.count)

    def _measure_partitions(self) -> None:
        topics = [tp.topic for tp in self.consumer.assignment()]
        for step in self.steps:
            topic = self.settings.topic(step.reads)
            metrics.PARTITIONS.labels(topic).set(topics.count(topic))
        lags = self.consumer.lags()
        newest = {tp: at for agent in self.agents for tp, at in agent.newest.items()}
        self._lag.measure(lags, newest, time.time())

    def _ready(self) -> str | None:
        doubts = {
            "stopping": self.stopping.is_set(),
            "reading the fingerprint log": self.log is not None and not self.log.ready,
            "starting": not self.app.started,
            "rebalancing": self.app.rebalancing or not self.consumer.flow_active,
        }
        for agent in self.agents:
            name = agent.step.name
            doubts[f"the breaker of stage {name} is open"] = agent.breaker.open
            doubts[f"outputs of stage {name} can't be delivered"] = self._blocked(agent)
        return next((doubt for doubt, holds in doubts.items() if holds), None)

    def _blocked(self, agent: StageAgent) -> bool:
        since = agent.delivering_since
        return since is not None and time.monotonic() - since > self.settings.delivery_timeout

    def _live(self) -> str | None:
        if self.failure is not None:
            return f"failed: {type(self.failure).__name__}"
        limit = self.settings.stage_timeout * STALL_FACTOR
        for agent in self.agents:
            since = agent.computing_since
            if since is not None and time.monotonic() - since > limit:
                return f"stage {agent.step.name} has not finished a batch for {limit:g} s"
        return None


def _make_app(settings: Settings) -> faust.App:
    return faust.App(
        settings.group_id,
        broker=[f"kafka://{server.strip()}" for server in settings.bootstrap.split(",")],
        datadir=tempfile.gettempdir() + f"/newswire-{os.getpid()}",
        autodiscover=False,
        web_enabled=False,
        stream_wait_empty=True,
        stream_buffer_maxsize=64,
        stream_recovery_delay=0,
        broker_commit_interval=settings.commit_interval,
        broker_session_timeout=settings.session_timeout,
        broker_rebalance_timeout=settings.rebalance_timeout,
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
    )


def _spare_the_collector() -> None:
    """Let the cycle collector look less often, and never at what was loaded at the start.

    A batch allocates thousands of objects and hardly a cycle: at the default of 700 the
    collector takes 3 % of a worker's time to find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


def state_dir(settings: Settings) -> Path:
    """The folder for a worker's small state, by group."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return (settings.state_dir or Path(base) / "newswire" / "worker") / settings.group_id


def needed_topics(steps: Sequence[Step]) -> set[str]:
    """The topics that must exist before a worker of these steps can work."""
    fixed = {topic for step in steps for topic in (step.reads, *step.writes) if "*" not in topic}
    log = {FINGERPRINTS} if any(step.name == DECIDED for step in steps) else set()
    routes = {ROUTES} if any(step.name == ROUTED for step in steps) else set()
    return fixed | log | routes | {DLQ}


async def wait_for_topics(
    settings: Settings, topics: set[str], seconds: float, stopping: asyncio.Event
) -> None:
    """Return when a broker answers and has the topics, or when `stopping` is set.

    Raises:
        BrokerNotThereError: not within `seconds`; the message says what is missing and how to
            get it.
    """
    deadline, delay, said = time.monotonic() + seconds, 0.5, ""
    while not stopping.is_set():
        problem = await _problem(settings, topics)
        if problem is None:
            return
        if time.monotonic() + delay > deadline:
            raise BrokerNotThereError(problem)
        if problem != said:
            logger.warning("%s; trying again for %.0f s", problem, deadline - time.monotonic())
            said = problem
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), delay)
        delay = min(delay * 2, 5.0)


async def _problem(settings: Settings, topics: set[str]) -> str | None:
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap.split(","),
        request_timeout_ms=10_000,
        **aiokafka_options(settings),
    )
    try:
        await consumer.start()
        missing = topics - await consumer.topics()
    except (KafkaError, OSError, TimeoutError) as error:
        return f"no broker at {settings.bootstrap}: {error}"
    finally:
        await consumer.stop()
    if missing:
        return f"topics missing: {', '.join(sorted(missing))} (newswire topics create makes them)"
    return None
