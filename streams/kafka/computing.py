"""The records of a batch through their stage: whole, record by record where it failed, decided.

A record that raises, hangs or kills the stage costs one dead letter and no neighbour: what failed
together with others is tried again with nothing beside it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from mode.utils.logging import get_logger

from streams import metrics
from streams.kafka.attempts import DEATHS, Attempts
from streams.kafka.fingerprint_log import FingerprintLog
from streams.kafka.gathering import Columns, Gathering, Part, Span, checked
from streams.kafka.host import (
    Host,
    StageDiedError,
    StagesNotLoadedError,
    StageTimeoutError,
)
from streams.kafka.ledger import FetchedBatch
from streams.kafka.route_follower import RouteFollower, follow_by
from streams.kafka.route_topic import RouteTopic
from streams.kafka.sender import BACKOFF_SECONDS, AbandonedError, Alive
from streams.reasons import Reason
from streams.settings import Settings
from streams.stages.contract import DeadLetter, Outcome, clip

logger = get_logger(__name__)
Ask = Callable[..., Awaitable[list[Any]]]
Raw = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]


class Computing:
    """The stage of one step, fed with batches.

    Args:
        name: the step's.
        settings: how long a call of the stage may take, and how much it may hold.
        host: where the stages compute.
        attempts: what died before; None when nobody counts.
        log: the fingerprint log, for the step that needs decisions.
        routes: the routes' topic, for the step that follows it.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        *,
        host: Host,
        attempts: Attempts | None,
        log: FingerprintLog | None,
        routes: RouteTopic | None,
    ) -> None:
        self._name = name
        self._seconds = settings.stage_timeout
        self._host = host
        self._attempts = attempts
        self._log = log
        self._routes = RouteFollower(routes, follow_by(self._call)) if routes else None
        self._stage = asyncio.Lock()
        self._gathered = {
            job: Gathering(
                self._stage, partial(self._held, job), settings.batch_records, settings.batch_bytes
            )
            for job in ("run", "prepare", "finish")
        }

    async def follow_routes(self) -> None:
        """Keep the stage at the routes' topic until cancelled; ends at once if it has none."""
        if self._routes is not None:
            await self._routes.run()

    async def outcomes(self, batch: FetchedBatch, alive: Alive) -> list[Outcome]:
        """One outcome per record, in order.

        Raises:
            AbandonedError: `alive()` became false.
        """
        name = self._name
        metrics.RECORDS.labels(name).inc(len(batch.records))
        metrics.BATCH_RECORDS.labels(name).observe(len(batch.records))
        if self._attempts and self._attempts.suspicious(batch.tp, batch.first, batch.end):
            return await self._one_by_one(batch, 0, alive)
        try:
            return await self._attempt(batch, batch.records, alive, self._together)
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
                return (await self._attempt(batch, [record], alive, self._alone))[0]
            except StageTimeoutError as error:
                return DeadLetter(Reason.STAGE_TIMEOUT, clip(str(error)), "StageTimeoutError")
            except StageDiedError:
                deaths += 1
            except ValueError as error:
                return DeadLetter(Reason.STAGE_FAILED, clip(str(error)), "ValueError")
        return DeadLetter(Reason.KILLED_WORKER, f"in hand at {deaths} deaths", "StageDiedError")

    async def _attempt(
        self, batch: FetchedBatch, records: Sequence[Any], alive: Alive, ask: Ask
    ) -> list[Outcome]:
        """One outcome per record.

        Raises:
            ValueError: the stage broke its contract.
        """
        if not alive():
            raise AbandonedError
        raws: list[Raw] = [(r.value, r.key, r.headers) for r in records]
        part = Part((batch.tp, records[0].offset, records[-1].offset + 1), batch.size)
        if self._log is None:
            return await ask(part, "run", raws)
        return await self._decided(self._log, partial(ask, part), raws, alive)

    async def _decided(
        self, log: FingerprintLog, ask: Ask, raws: list[Raw], alive: Alive
    ) -> list[Outcome]:
        """Prepare, let the fingerprint log decide, finish."""
        prepared = await ask("prepare", raws)
        good = [p for p in prepared if not isinstance(p, DeadLetter)]
        if not good:
            return prepared
        decisions = await log.decide([p.fingerprint for p in good], alive)
        finished = iter(await ask("finish", good, decisions))
        return [p if isinstance(p, DeadLetter) else next(finished) for p in prepared]

    async def _together(self, part: Part, job: str, *columns: list[Any]) -> list[Any]:
        """Ask the stage with whatever else waits for it."""
        return await self._gathered[job].ask(part, *columns)

    async def _alone(self, part: Part, job: str, *columns: list[Any]) -> list[Any]:
        """Ask the stage about one record that may be poison."""
        async with self._stage:
            return checked(await self._held(job, [part], columns), len(columns[0]))

    async def _held(self, job: Any, parts: Sequence[Part], columns: Columns) -> list[Any]:
        """Ask the stage, which is ours: a death now is a death over these parts."""
        async with self._in_hand([part.span for part in parts]):
            if job == "run" and self._routes is not None:
                return await self._routed(self._routes, columns[0])
            return await self._call(job, *columns)

    async def _routed(self, routes: RouteFollower, raws: list[Raw]) -> list[Outcome]:
        """Run by a table that is no older than the last: a child started anew has none yet."""
        while True:
            least = await routes.bring() if routes.version is None else routes.version
            outcomes = await self._call("run", raws, least)
            if outcomes:
                return outcomes
            await routes.bring()

    @asynccontextmanager
    async def _in_hand(self, spans: Sequence[Span]) -> AsyncIterator[None]:
        if self._attempts:
            self._attempts.begin(spans)
        try:
            with metrics.STAGE_SECONDS.labels(self._name).time():
                yield
        finally:
            # Whatever came of it, this process survived it.
            if self._attempts:
                self._attempts.end(spans)

    async def _call(self, job: Any, *arguments: Any) -> list[Any]:
        """Call the host; wait without end while its stages can't be loaded."""
        attempt = 0
        while True:
            try:
                return await self._host.call(job, self._name, *arguments, seconds=self._seconds)
            except StagesNotLoadedError as error:
                logger.error("%s", error)  # noqa: TRY400 - the child has printed the traceback
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
            attempt += 1


def _at(batch: FetchedBatch) -> tuple[Any, int]:
    return batch.tp, batch.first


def _kind(error: Exception) -> str:
    kinds = {StageTimeoutError: "timeout", StageDiedError: "died"}
    return kinds.get(type(error), "contract")
