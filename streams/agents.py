"""The thin agents: feed a stage from Kafka, deliver what it made, then let the batch be committed.

While the outputs of a batch are on their way the next batch of its partition is computed, and
partitions don't wait for one another. Nothing that happens here drops a record: whatever a stage
does to a record becomes its outcome, whatever the brokers do is waited for, and a batch that can't
be finished is not committed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Protocol

from faust.types import TP
from mode.utils.logging import get_logger

from streams import metrics
from streams.kafka.attempts import Attempts
from streams.kafka.breaker import Breaker
from streams.kafka.computing import Computing
from streams.kafka.delivery import Delivery
from streams.kafka.ledger import FetchedBatch
from streams.kafka.outgoing import appended
from streams.kafka.sender import AbandonedError, Alive
from streams.observe import observe
from streams.settings import Settings
from streams.stages.contract import DeadLetter, Outcome
from streams.topology import Step

logger = get_logger(__name__)


class _Turn:
    """A batch's place in its partition's line: set when it is computed, and when delivered."""

    def __init__(self) -> None:
        self.computed, self.delivered = asyncio.Event(), asyncio.Event()


class Batches(Protocol):
    """Who hands out batches and wants them back; `BatchConsumer` is one."""

    def begin(self, batch: FetchedBatch) -> bool:
        """The batch is taken in hand; False if it was given up."""
        ...

    def finish(self, batch: FetchedBatch) -> None:
        """All its outputs are acknowledged."""
        ...


class StageAgent:
    """The agent of one step.

    Args:
        step: what it reads and is called.
        settings: of the breaker.
        computing: makes the outcomes of a batch.
        delivery: delivers them.
        batches: the consumer.
        attempts: what died before; None when nobody counts.
        crash: ends the worker; called with an error that is nobody's record's.
        passed: told of the outcomes of each batch that was delivered.
    """

    def __init__(  # noqa: PLR0913 - keyword-only wiring
        self,
        step: Step,
        settings: Settings,
        *,
        computing: Computing,
        delivery: Delivery,
        batches: Callable[[], Batches],
        attempts: Attempts | None,
        crash: Callable[[Exception], None],
        passed: Callable[[str, Sequence[Outcome]], None] | None = None,
    ) -> None:
        self.step = step
        self.breaker = Breaker(step.name, settings)
        self.newest: dict[Any, float] = {}
        self._computing = computing
        self._delivery = delivery
        self._batches = batches
        self._attempts = attempts
        self._crash = crash
        self._passed = passed
        self._last: dict[TP, _Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._computing_since: dict[TP, float] = {}
        self._delivering_since: dict[TP, float] = {}

    @property
    def delivering_since(self) -> float | None:
        """Since when the oldest outputs have waited for their acknowledgement; None if none."""
        return min(self._delivering_since.values(), default=None)

    @property
    def computing_since(self) -> float | None:
        """Since when the oldest batch is with the stage; None if none is."""
        return min(self._computing_since.values(), default=None)

    async def run(self, stream: AsyncIterator[FetchedBatch]) -> None:
        """Take batches until the stream ends; never raises, so Faust never restarts it.

        Partitions don't wait for one another; the batches of one partition are computed in
        order and delivered in order, a batch's computing beside its forerunner's delivery.
        """
        following = asyncio.create_task(self._follow_routes())
        try:
            async for batch in stream:
                before = self._last.get(batch.tp)
                turn = self._last[batch.tp] = _Turn()
                task = asyncio.create_task(self._take_safely(batch, before, turn))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        finally:
            following.cancel()

    async def _follow_routes(self) -> None:
        try:
            await self._computing.follow_routes()
        except Exception as error:
            logger.exception("Following the routes failed")
            self._crash(error)

    async def _take_safely(self, batch: FetchedBatch, before: "_Turn | None", own: "_Turn") -> None:
        try:
            await self._take(batch, before, own)
        except AbandonedError:
            logger.info("Gave up %s from %d: it left us", batch.tp, batch.first)
        except Exception as error:
            logger.exception("Agent %s failed; nothing of the batch is committed", self.step)
            self._crash(error)
        finally:
            own.computed.set()
            own.delivered.set()

    async def _take(self, batch: FetchedBatch, before: "_Turn | None", own: "_Turn") -> None:
        if before is not None:
            await before.computed.wait()
        if not self._batches().begin(batch):
            return
        alive = _alive(batch)
        self._computing_since[batch.tp] = time.monotonic()
        try:
            outcomes = await self._pass_breaker(
                batch, await self._computing.outcomes(batch, alive), alive
            )
        finally:
            self._computing_since.pop(batch.tp, None)
        own.computed.set()
        if before is not None:
            await before.delivered.wait()
        await self._deliver_safely(batch, outcomes, alive)

    async def _pass_breaker(
        self, batch: FetchedBatch, outcomes: list[Outcome], alive: Alive
    ) -> list[Outcome]:
        breaker, bad = self.breaker, _bad(outcomes)
        while breaker.open or breaker.trips(bad):
            breaker.trip()
            if await self._held(batch, alive):
                break
            outcomes = await self._computing.outcomes(batch, alive)
            bad = _bad(outcomes)
            if not breaker.bad_alone(bad):
                breaker.close()
                break
        breaker.count(bad)
        return outcomes

    async def _held(self, batch: FetchedBatch, alive: Alive) -> bool:
        batch.held = True
        self._computing_since.pop(batch.tp, None)
        closed = await self.breaker.held(alive)
        batch.held = False
        self._computing_since[batch.tp] = time.monotonic()
        return closed

    async def _deliver_safely(
        self, batch: FetchedBatch, outcomes: list[Outcome], alive: Alive
    ) -> None:
        self._delivering_since[batch.tp] = time.monotonic()
        try:
            with metrics.DELIVERY_SECONDS.labels(self.step.name).time():
                await self._delivery.deliver(batch, outcomes, alive)
        except AbandonedError:
            logger.info("Gave up the outputs of %s from %d", batch.tp, batch.first)
        except Exception as error:
            logger.exception("Delivery of %s failed", self.step.name)
            self._crash(error)
        else:
            self._count(batch)
            self._observe(batch, outcomes)
            self._batches().finish(batch)
            if self._attempts:
                self._attempts.clear(batch.tp, batch.end)
            if self._passed:
                self._passed(self.step.name, outcomes)
        finally:
            self._delivering_since.pop(batch.tp, None)

    def _observe(self, batch: FetchedBatch, outcomes: list[Outcome]) -> None:
        articles = [
            (emissions, appended(record.headers))
            for record, emissions in zip(batch.records, outcomes, strict=True)
            if not isinstance(emissions, DeadLetter)
        ]
        try:
            observe(self.step.name, articles)
        except Exception:
            logger.exception("The metrics of a batch are lost; its records are not")

    def _count(self, batch: FetchedBatch) -> None:
        self.newest[batch.tp] = batch.records[-1].timestamp / 1000
        oldest = min(record.timestamp for record in batch.records) / 1000
        metrics.AGE_SECONDS.labels(self.step.name).observe(max(0.0, time.time() - oldest))
        newest = batch.records[-1].timestamp / 1000
        metrics.LAST_RECORD_SECONDS.labels(self.step.name).set(newest)


def _alive(batch: FetchedBatch) -> Alive:
    return lambda: batch.alive


def _bad(outcomes: list[Outcome]) -> list[bool]:
    return [isinstance(outcome, DeadLetter) for outcome in outcomes]
