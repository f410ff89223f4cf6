"""Stages that do next to nothing: what is left when they run is the engine's own cost.

`load_stages` and its like are factories for `newswire worker --stages`; chaos tests use them to
keep workers fast and their outputs countable.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from streams.reasons import Reason
from streams.stages.contract import (
    DeadLetter,
    DecidingStage,
    Emission,
    Outcome,
    Prepared,
    Record,
    Stage,
)
from streams.stages.dedup import Decision
from streams.topology import DUPLICATES, TAGGED, UNIQUE, UNROUTED


class PassThrough:
    """Every record goes to one topic as it is; an empty one is a dead letter."""

    def __init__(self, name: str, topic: str) -> None:
        self.name = name
        self._topic = topic

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        """One emission per record."""
        return [
            (Emission(self._topic, record.key, record.value),)
            if record.value
            else DeadLetter(Reason.NULL_VALUE)
            for record in batch
        ]


class PassFollowing(PassThrough):
    """A pass-through that has seen every change at once."""

    _version = 0

    def follow(self, changes: Sequence[Any], upto: int, since: int) -> int:  # noqa: ARG002
        """The version is what it is told to be."""
        self._version = max(self._version, upto)
        return self._version


class Silent:
    """Nothing comes of any record."""

    name = "routes"

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        """No emission per record."""
        return [() for _ in batch]


class PassDecided:
    """Every record waits for the fingerprint log, whatever it says, and goes to `news.unique`."""

    name = "dedup"

    def prepare(self, batch: Sequence[Record]) -> list[Prepared | DeadLetter]:
        """The record itself, and a short fingerprint that no index reads."""
        return [
            Prepared(b"\0" + record.value[:200], _pack(record))
            if record.value
            else DeadLetter(Reason.NULL_VALUE)
            for record in batch
        ]

    def finish(self, prepared: Sequence[Prepared], decisions: Sequence[Decision]) -> list[Outcome]:
        """All are unique, unless the log has spoken of a duplicate."""
        return [
            (Emission(DUPLICATES if _duplicate(d) else UNIQUE, *_unpack(p.state)),)
            for p, d in zip(prepared, decisions, strict=True)
        ]


def _pack(record: Record) -> bytes:
    key = record.key or b""
    return len(key).to_bytes(4, "big") + key + (record.value or b"")


def _unpack(state: bytes) -> tuple[bytes | None, bytes]:
    end = 4 + int.from_bytes(state[:4], "big")
    return state[4:end] or None, state[end:]


def _duplicate(decision: Decision) -> bool:
    return decision.dedup is not None and decision.dedup.status == "duplicate"


def load_stages() -> Mapping[str, Stage | DecidingStage[Decision]]:
    """Every step as a pass-through."""
    return {
        "dedup": PassDecided(),
        "tag": PassThrough("tag", TAGGED),
        "route": PassFollowing("route", UNROUTED),
        "routes": Silent(),
    }
