"""The index over the fingerprint log: one decision per value, in the order of the log."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streams.records import Dedup, Match, Relation, Status
from streams.stages.dedup.decision import Decision
from streams.stages.dedup.value import Fingerprint, unpack

_CANDIDATES = 8
_SAME, _ABRIDGED, _UPDATE, _RELATED = 0.85, 0.8, 0.4, 0.1


@dataclass(slots=True)
class _Entry:
    print: Fingerprint
    dedup: Dedup


class Index:
    """Every decision of the whole log, so that any worker can answer for its own offsets.

    Deterministic: the same values in the same order give the same decisions, however the calls
    cut them into batches. Unreadable values get a skipped decision and change nothing.
    """

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._answers: dict[tuple[str, int], Dedup] = {}
        self._postings: dict[int, list[int]] = defaultdict(list)

    def observe(
        self, values: Sequence[bytes], offsets: Sequence[int], arrivals_ms: Sequence[int]
    ) -> list[Decision]:
        """The decisions for log values at `offsets`, which arrived at `arrivals_ms` (epoch)."""
        return [
            Decision(offset, self._observe(value))
            for value, offset, _ in zip(values, offsets, arrivals_ms, strict=True)
        ]

    def _observe(self, value: bytes) -> Dedup | None:
        current = unpack(value)
        if current is None:
            return None
        known = self._answers.get((current.article_id, current.content))
        if known is None:
            known = self._decide(current)
            self._answers[current.article_id, current.content] = known
            self._insert(current, known)
        return known

    def _insert(self, current: Fingerprint, dedup: Dedup) -> None:
        for key in [*current.keys.tolist(), current.content]:
            self._postings[key].append(len(self._entries))
        self._entries.append(_Entry(current, dedup))

    def _decide(self, current: Fingerprint) -> Dedup:
        matches: list[tuple[Match, Dedup]] = []
        for number in self._candidates(current):
            entry = self._entries[number]
            match = _compare(current, entry.print)
            if match is not None:
                matches.append((match, entry.dedup))
        return _answer(current, matches)

    def _candidates(self, current: Fingerprint) -> list[int]:
        keys = [*current.keys.tolist(), current.content]
        shared = Counter(n for key in keys for n in self._postings.get(key, ()))
        return sorted(shared, key=lambda n: (-shared[n], n))[:_CANDIDATES]


def _answer(current: Fingerprint, matches: list[tuple[Match, Dedup]]) -> Dedup:
    order: list[Relation] = ["same", "abridged", "update", "related"]
    matches.sort(key=lambda m: (order.index(m[0].relation), -m[0].similarity))
    found = [match for match, _ in matches]
    if not matches or found[0].relation == "related":
        return Dedup(status="unique", cluster_id=current.article_id, matches=found)
    best, dedup = matches[0]
    original = dedup.of if dedup.status == "duplicate" and dedup.of else best.article_id
    status: Status = "update" if best.relation == "update" else "duplicate"
    return Dedup(status=status, cluster_id=dedup.cluster_id, of=original, matches=found)


def _compare(current: Fingerprint, earlier: Fingerprint) -> Match | None:
    if current.content == earlier.content:
        return Match(article_id=earlier.article_id, relation="same", similarity=1.0)
    rate = max(current.rate, earlier.rate)
    bits = 16 - abs(current.rate - earlier.rate)
    mine, theirs = _at_rate(current, rate, bits), _at_rate(earlier, rate, bits)
    if not mine or not theirs:
        return None
    common = len(mine & theirs)
    low, high = sorted((common / len(mine), common / len(theirs)))
    relation: Relation | None = None
    if low >= _SAME:
        relation = "same"
    elif high >= _ABRIDGED:
        relation = "abridged"
    elif high >= _UPDATE:
        relation = "update"
    elif high >= _RELATED:
        relation = "related"
    if relation is None:
        return None
    return Match(article_id=earlier.article_id, relation=relation, similarity=round(high, 3))


def _at_rate(fingerprint: Fingerprint, rate: int, bits: int) -> set[int]:
    coarser = rate - fingerprint.rate
    sketch = fingerprint.sketch.astype(np.int64)
    kept = sketch[sketch & ((1 << coarser) - 1) == 0]
    return set(((kept >> coarser) & ((1 << bits) - 1)).tolist())
