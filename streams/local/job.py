"""The embedded job: the agents' stages joined in process, the index in the order of arrival.

With several processes the answers are the same bytes: cleaning and tagging are functions of a
record, and only this process feeds the index, in the order of the input.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import count

from streams.local.ordered import Mapper
from streams.local.sources import Sourced
from streams.stages.contract import DeadLetter, Emission, Outcome, Prepared, Record
from streams.stages.dedup import Index
from streams.stages.pipeline import (
    DedupStage,
    RouteStage,
    TagStage,
    load_route_stage,
    load_tag_stage,
)
from streams.topology import UNIQUE

BATCH_BYTES = 1_000_000


@dataclass(slots=True)
class Step:
    """What one stage made of one record."""

    stage: str
    record: Record
    outcome: Outcome
    origin: str


Steps = list[Step]


class Job:
    """The whole flow over a stream of records.

    `index` is the deduplication state and belongs to this job alone; `routes` are files of
    standing routes besides the built-in ones. A batch has at most `batch_records` records and
    about `BATCH_BYTES` bytes.
    """

    def __init__(
        self, index: Index, routes: tuple[str, ...], *, batch_records: int, max_bytes: int
    ) -> None:
        self._index = index
        self._routes = routes
        self._batch_records = batch_records
        self._dedup = DedupStage(max_bytes)
        self._offsets = count()

    def steps(self, sourced: Iterable[Sourced], mapper: Mapper) -> Iterator[Steps]:
        """For each batch in order, what every stage made of every record."""
        work = partial(_prepared, stage=self._dedup)
        prepared = mapper.map(work, batches(sourced, self._batch_records))
        decided = (self._decided(batch) for batch in prepared)
        yield from mapper.map(partial(_enriched, routes=self._routes), decided)

    def _decided(self, batch: "PreparedBatch") -> Steps:
        alive = [p for _, p in batch if isinstance(p, Prepared)]
        offsets = [next(self._offsets) for _ in alive]
        values = [p.fingerprint for p in alive]
        decisions = self._index.observe(values, offsets, [0] * len(alive))
        finished = iter(self._dedup.finish(alive, decisions))
        return [
            Step("dedup", s.record, p if isinstance(p, DeadLetter) else next(finished), s.origin)
            for s, p in batch
        ]


PreparedBatch = list[tuple[Sourced, Prepared | DeadLetter]]


def batches(sourced: Iterable[Sourced], records: int) -> Iterator[list[Sourced]]:
    """The stream in batches of at most `records` records and about `BATCH_BYTES` bytes."""
    batch: list[Sourced] = []
    size = 0
    for item in sourced:
        batch.append(item)
        size += len(item.record.value or b"")
        if len(batch) >= records or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _prepared(batch: Sequence[Sourced], *, stage: DedupStage) -> PreparedBatch:
    outcomes = stage.prepare([item.record for item in batch])
    return list(zip(batch, outcomes, strict=True))


@cache
def _tag_stage() -> TagStage:
    return load_tag_stage()


@cache
def _route_stage(routes: tuple[str, ...]) -> RouteStage:
    return load_route_stage(routes)


def _enriched(steps: Steps, *, routes: tuple[str, ...]) -> Steps:
    tagged = _next(_tag_stage(), steps, UNIQUE)
    return [*steps, *tagged, *_next(_route_stage(routes), tagged, None)]


def _next(stage: TagStage | RouteStage, steps: Steps, topic: str | None) -> Steps:
    """The steps of `stage` over what `steps` emitted (to `topic`, if one is named)."""
    inputs = [
        (Record(emission.value, emission.key, emission.headers), step.origin)
        for step in steps
        for emission in _emissions(step.outcome)
        if topic in {None, emission.topic}
    ]
    outcomes = stage([record for record, _ in inputs])
    return [
        Step(stage.name, record, outcome, origin)
        for (record, origin), outcome in zip(inputs, outcomes, strict=True)
    ]


def _emissions(outcome: Outcome) -> tuple[Emission, ...]:
    return () if isinstance(outcome, DeadLetter) else outcome
