"""The Faust worker: agents of topology's steps on a hardened transport, and their health."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from faust.exceptions import ConsumerNotStarted

from streams import __version__, metrics
from streams.agents import StageAgent
from streams.health import Health
from streams.kafka.attempts import Attempts
from streams.kafka.computing import Computing
from streams.kafka.consumer import BatchConsumer
from streams.kafka.delivery import Delivery
from streams.kafka.engine import BatchSchema, make_app
from streams.kafka.fingerprint_log import FingerprintLog
from streams.kafka.host import make_host
from streams.kafka.needs import DECIDED, ROUTED, needed_topics, wait_for_topics
from streams.kafka.new_topics import NewTopics
from streams.kafka.route_topic import RouteTopic
from streams.kafka.sender import Sender
from streams.kafka.snapshots import Snapshots
from streams.kafka.transport import BatchProducer, install
from streams.live import Wire, live_routes
from streams.observe import IndexWatch, LagGauges
from streams.settings import Settings
from streams.stages.dedup import Index
from streams.steady import spare_the_collector
from streams.supervisor import report_port
from streams.topology import FINGERPRINTS, STEPS, Step
from streams.web import WebServer, make_routes

logger = logging.getLogger(__name__)

STALL_FACTOR = 4


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
        self.app = make_app(settings)
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
        spare_the_collector()
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


def state_dir(settings: Settings) -> Path:
    """The folder for a worker's small state, by group."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return (settings.state_dir or Path(base) / "newswire" / "worker") / settings.group_id
