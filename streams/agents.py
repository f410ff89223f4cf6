"""The thin agents: feed a stage from Kafka, deliver what it made, then let the batch be committed.

While the outputs of a batch are on their way the next batch of its partition is computed, and
partitions don't wait for one another. Nothing that happens
here drops a record: whatever a stage does to a record becomes its outcome, whatever the brokers
do is waited for, and a batch that can't be finished is not committed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from faust.types import TP
from mode.utils.logging import get_logger

from streams import metrics
from streams.dead_letters import Origin, to_emission
from streams.kafka.attempts import DEATHS, Attempts
from streams.kafka.breaker import Breaker
from streams.kafka.fingerprint_log import FingerprintLog
from streams.kafka.host import (
    Host,
    StageDiedError,
    StagesNotLoadedError,
    StageTimeoutError,
)
from streams.kafka.ledger import FetchedBatch
from streams.kafka.outgoing import Outgoing, appended, parcel
from streams.kafka.route_follower import RouteFollower, follow_by
from streams.kafka.route_topic import RouteTopic
from streams.kafka.sender import BACKOFF_SECONDS, AbandonedError, Alive, Sender, pause
from streams.observe import observe
from streams.reasons import Reason
from streams.settings import Settings
from streams.stages.contract import DeadLetter, Outcome, Record, clip
from streams.topology import RAW, TAGGED, UNIQUE, Step

logger = get_logger(__name__)
Span = tuple[TP, int, int]
Raw = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]


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
        settings: timeouts.
        host: where the stages compute.
        sender: delivers.
        batches: the consumer.
        attempts: what died before; None when nobody counts.
        log: the fingerprint log, for the step that needs decisions.
        routes: the routes' topic, for the step that follows it.
        crash: ends the worker; called with an error that is nobody's record's.
        passed: told of the outcomes of each batch that was delivered.
    """

    def __init__(  # noqa: PLR0913 - keyword-only wiring
        self,
        step: Step,
        settings: Settings,
        *,
        host: Host,
        sender: Sender,
        batches: Callable[[], Batches],
        attempts: Attempts | None,
        log: FingerprintLog | None,
        routes: RouteTopic | None,
        crash: Callable[[Exception], None],
        passed: Callable[[str, Sequence[Outcome]], None] | None = None,
    ) -> None:
        self.step = step
        self.breaker = Breaker(step.name, settings)
        self.newest: dict[Any, float] = {}
        self._settings = settings
        self._host = host
        self._sender = sender
        self._batches = batches
        self._attempts = attempts
        self._log = log
        self._routes = RouteFollower(routes, follow_by(self._call)) if routes else None
        self._crash = crash
        self._passed = passed
        self._last: dict[TP, _Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._computing: dict[TP, float] = {}
        self._delivering: dict[TP, float] = {}
        # One range in hand at a time: a death must not cast suspicion on other partitions.
        self._stage = asyncio.Lock()

    @property
    def delivering_since(self) -> float | None:
        """Since when the oldest outputs have waited for their acknowledgement; None if none."""
        return min(self._delivering.values(), default=None)

    @property
    def computing_since(self) -> float | None:
        """Since when the oldest batch is with the stage; None if none is."""
        return min(self._computing.values(), default=None)

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
            if self._routes is not None:
                await self._routes.run()
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
        self._computing[batch.tp] = time.monotonic()
        try:
            outcomes = await self._pass_breaker(batch, await self._compute(batch, alive), alive)
        finally:
            self._computing.pop(batch.tp, None)
        own.computed.set()
        if before is not None:
            await before.delivered.wait()
        await self._deliver_safely(batch, outcomes, alive)

    # Computing

    async def _compute(self, batch: FetchedBatch, alive: Alive) -> list[Outcome]:
        name = self.step.name
        metrics.RECORDS.labels(name).inc(len(batch.records))
        metrics.BATCH_RECORDS.labels(name).observe(len(batch.records))
        if self._attempts and self._attempts.suspicious(batch.tp, batch.first, batch.end):
            return await self._one_by_one(batch, 0, alive)
        try:
            return await self._attempt(batch, batch.records, alive)
        except (StageTimeoutError, StageDiedError, ValueError) as error:
            logger.warning("Stage %s failed over %s from %d: %r", name, *_at(batch), error)
            metrics.STAGE_ERRORS.labels(name, _kind(error)).inc()
            return await self._one_by_one(batch, int(isinstance(error, StageDiedError)), alive)

    async def _one_by_one(self, batch: FetchedBatch, died: int, alive: Alive) -> list[Outcome]:
        return [await self._single(batch, record, died, alive) for record in batch.records]

    async def _single(self, batch: FetchedBatch, record: Any, died: int, alive: Alive) -> Outcome:
        """The outcome of one record that may be poison; `died` deaths are known of here."""
        deaths = died
        if self._attempts:
            deaths = max(deaths, self._attempts.deaths(batch.tp, record.offset))
        while deaths < DEATHS:
            try:
                return (await self._attempt(batch, [record], alive))[0]
            except StageTimeoutError as error:
                return DeadLetter(Reason.STAGE_TIMEOUT, clip(str(error)), "StageTimeoutError")
            except StageDiedError:
                deaths += 1
            except ValueError as error:
                return DeadLetter(Reason.STAGE_FAILED, clip(str(error)), "ValueError")
        return DeadLetter(Reason.KILLED_WORKER, f"in hand at {deaths} deaths", "StageDiedError")

    async def _attempt(
        self, batch: FetchedBatch, records: Sequence[Any], alive: Alive
    ) -> list[Outcome]:
        """One outcome per record.

        Raises:
            ValueError: the stage broke its contract.
        """
        if not alive():
            raise AbandonedError
        raws: list[Raw] = [(r.value, r.key, r.headers) for r in records]
        span = batch.tp, records[0].offset, records[-1].offset + 1
        if self._log is None:
            async with self._in_hand(span):
                outcomes = await self._undecided(raws)
        else:
            outcomes = await self._decided(self._log, span, raws, alive)
        if len(outcomes) != len(records):
            raise ValueError(f"{len(outcomes)} outcomes for {len(records)} records")
        return outcomes

    async def _undecided(self, raws: list[Raw]) -> list[Outcome]:
        if self._routes is not None:
            return await self._routed(self._routes, raws)
        return await self._call("run", raws)

    async def _routed(self, routes: RouteFollower, raws: list[Raw]) -> list[Outcome]:
        """Run by a table that is no older than the last: a child started anew has none yet."""
        while True:
            least = await routes.bring() if routes.version is None else routes.version
            outcomes = await self._call("run", raws, least)
            if outcomes:
                return outcomes
            await routes.bring()

    @asynccontextmanager
    async def _in_hand(self, span: Span) -> AsyncIterator[None]:
        """The stage is ours, and a death now is a death over these offsets."""
        async with self._stage:
            if self._attempts:
                self._attempts.begin(*span)
            try:
                with metrics.STAGE_SECONDS.labels(self.step.name).time():
                    yield
            finally:
                # Whatever came of it, this process survived it.
                if self._attempts:
                    self._attempts.end(*span[:2])

    async def _decided(
        self, log: FingerprintLog, span: Span, raws: list[Raw], alive: Alive
    ) -> list[Outcome]:
        """Prepare, let the fingerprint log decide, finish."""
        async with self._in_hand(span):
            prepared = await self._call("prepare", raws)
        good = [p for p in prepared if not isinstance(p, DeadLetter)]
        if not good:
            return prepared
        decisions = await log.decide([p.fingerprint for p in good], alive)
        async with self._in_hand(span):
            finished = iter(await self._call("finish", good, decisions))
        return [p if isinstance(p, DeadLetter) else next(finished) for p in prepared]

    async def _call(self, job: Any, *arguments: Any) -> list[Any]:
        """Call the host; wait without end while its stages can't be loaded."""
        attempt = 0
        while True:
            try:
                seconds = self._settings.stage_timeout
                return await self._host.call(job, self.step.name, *arguments, seconds=seconds)
            except StagesNotLoadedError as error:
                logger.error("%s", error)  # noqa: TRY400 - the child has printed the traceback
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
            attempt += 1

    # The breaker

    async def _pass_breaker(
        self, batch: FetchedBatch, outcomes: list[Outcome], alive: Alive
    ) -> list[Outcome]:
        breaker, bad = self.breaker, _bad(outcomes)
        while breaker.open or breaker.trips(bad):
            breaker.trip()
            if await self._held(batch, alive):
                break
            outcomes = await self._compute(batch, alive)
            bad = _bad(outcomes)
            if not breaker.bad_alone(bad):
                breaker.close()
                break
        breaker.count(bad)
        return outcomes

    async def _held(self, batch: FetchedBatch, alive: Alive) -> bool:
        batch.held = True
        self._computing.pop(batch.tp, None)
        closed = await self.breaker.held(alive)
        batch.held = False
        self._computing[batch.tp] = time.monotonic()
        return closed

    # Delivering

    async def _deliver_safely(
        self, batch: FetchedBatch, outcomes: list[Outcome], alive: Alive
    ) -> None:
        self._delivering[batch.tp] = time.monotonic()
        try:
            with metrics.DELIVERY_SECONDS.labels(self.step.name).time():
                await self._deliver(batch, outcomes, alive)
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
            self._delivering.pop(batch.tp, None)

    async def _deliver(self, batch: FetchedBatch, outcomes: list[Outcome], alive: Alive) -> None:
        letters = {n: o for n, o in enumerate(outcomes) if isinstance(o, DeadLetter)}
        raw = self.step.reads == RAW
        numbers, records = parcel(batch, outcomes, self._settings.topic_prefix, raw=raw)
        refused = await self._sender.deliver(records, alive)
        for position, error in refused.items():
            letters[numbers[position]] = DeadLetter(error.reason, clip(error.detail))
        await self._bury([self._letter(batch, n, d) for n, d in sorted(letters.items())], alive)
        sent = len(records) - len(refused) + len(letters)
        metrics.OUTPUTS.labels(self.step.name).inc(sent)
        for number, letter in letters.items():
            self._log_letter(batch, number, letter)
            metrics.DEAD_LETTERS.labels(self.step.name, str(letter.reason)).inc()

    def _log_letter(self, batch: FetchedBatch, number: int, letter: DeadLetter) -> None:
        record = batch.records[number]
        at = {"topic": batch.tp.topic, "partition": batch.tp.partition, "offset": record.offset}
        known = {"stage": self.step.name, "reason": str(letter.reason)}
        if self.step.reads in {UNIQUE, TAGGED} and record.key:
            known["article_id"] = record.key.decode("utf-8", "replace")
        logger.warning("Dead letter of stage " + self.step.name, extra=at | known)  # noqa: G003 - counted by stage

    async def _bury(self, letters: list[Outgoing], alive: Alive) -> None:
        """Deliver to the DLQ; what even the DLQ refuses is held: nothing may be lost."""
        while letters:
            refused = await self._sender.deliver(letters, alive)
            letters = [letters[n] for n in sorted(refused)]
            for error in refused.values():
                logger.error("The DLQ refuses a dead letter, which is held: %s", error)
            if letters:
                await pause(BACKOFF_SECONDS[-1], alive)

    def _letter(self, batch: FetchedBatch, number: int, letter: DeadLetter) -> Outgoing:
        record = batch.records[number]
        origin = Origin(*batch.tp, record.offset, record.timestamp, self.step.name)
        raw = Record(record.value, record.key, record.headers)
        made = to_emission(raw, letter, origin, int(time.time() * 1000))
        return Outgoing(self._settings.topic(made.topic), made.key, made.value, made.headers)

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


def _at(batch: FetchedBatch) -> tuple[Any, int]:
    return batch.tp, batch.first


def _kind(error: Exception) -> str:
    kinds = {StageTimeoutError: "timeout", StageDiedError: "died"}
    return kinds.get(type(error), "contract")
