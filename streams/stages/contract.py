"""The stage contract: a batch in, exactly one outcome per record out, in order.

A stage never raises for bad data and never does I/O. `guarded` gives that promise to any
function over a batch: a batch that fails as a whole is retried record by record, so one bad
record costs one dead letter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from streams.reasons import Reason

Headers = tuple[tuple[str, bytes], ...]
DETAIL_BYTES = 1_000


@dataclass(slots=True, frozen=True)
class Record:
    """A record as it came from a topic: bytes untouched."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()


@dataclass(slots=True, frozen=True)
class Emission:
    """A record to send. `headers` may vary between runs; topic, key and value may not."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers = ()


@dataclass(slots=True, frozen=True)
class DeadLetter:
    """The input record goes to the DLQ untouched; `detail` (≤ 1 kB) never holds the body."""

    reason: Reason
    detail: str = ""
    error: str = field(default="")


Outcome = tuple[Emission, ...] | DeadLetter


class Stage(Protocol):
    """A named pure function over a batch of records."""

    name: str

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        """One outcome per record, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record on its way to a decision: its fingerprint-log value, and what `finish` needs."""

    fingerprint: bytes
    state: bytes


D_contra = TypeVar("D_contra", contravariant=True)


class DecidingStage(Protocol[D_contra]):
    """A stage that needs the fingerprint log's decisions half way."""

    name: str

    def prepare(self, batch: Sequence[Record]) -> list[Prepared | DeadLetter]:
        """One result per record, in order; pure, like a stage."""
        ...

    def finish(self, prepared: Sequence[Prepared], decisions: Sequence[D_contra]) -> list[Outcome]:
        """One outcome per prepared record, in order; pure, like a stage."""
        ...


C_contra = TypeVar("C_contra", contravariant=True)


class FollowingStage(Stage, Protocol[C_contra]):
    """A stage whose rules come from a topic: it is told of changes between batches."""

    def follow(self, changes: Sequence[C_contra], upto: int, since: int) -> int:
        """If at version `since`: apply the changes in order, and be at version `upto`.

        Returns the version: the offset of the next change that it has not seen.
        """
        ...


class Refused(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised inside a stage for a record that it refuses; becomes its dead letter."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.letter = DeadLetter(reason, clip(detail))


def clip(detail: str) -> str:
    """`detail` cut to `DETAIL_BYTES` of UTF-8."""
    return detail.encode("utf-8", "replace")[:DETAIL_BYTES].decode("utf-8", "ignore")


def dead_letter(error: Exception) -> DeadLetter:
    """The dead letter for an exception that one record alone caused."""
    if isinstance(error, Refused):
        return error.letter
    return DeadLetter(Reason.STAGE_FAILED, clip(str(error)), type(error).__qualname__)


T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - input


def guarded(
    function: Callable[[Sequence[I]], Sequence[T | DeadLetter]], batch: Sequence[I]
) -> list[T | DeadLetter]:
    """`function(batch)`; if that raises, each record on its own, failures as dead letters."""
    try:
        return list(function(batch))
    except Exception as error:  # noqa: BLE001 - the contract: a stage never raises for bad data
        if len(batch) == 1:
            return [dead_letter(error)]
    return [outcome for record in batch for outcome in guarded(function, [record])]
