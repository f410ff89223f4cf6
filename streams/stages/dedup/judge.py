"""From the measures of pairs to matches, and from an article's matches to its answer."""

from collections.abc import Sequence

import numpy as np

from streams.records import Dedup, Match, Relation, Status
from streams.stages.dedup.answers import similarity
from streams.stages.dedup.fingerprints import CORRECTION
from streams.stages.dedup.model import DUPLICATE, UPDATE, PairModel
from streams.stages.dedup.pairs import F64, I64, Features, Side, features

MAX_MATCHES = 5
DUPLICATE_FROM = 0.52
EXACT: tuple[Relation, float] = ("same", 1.0)
SHARED_BEGINNING = 0.1
SHORT_CODES = 60
SHORT_SHARE = 0.9
REPORT_CODES = 120
NEW_NUMBERS = 0.25

_SAME_SHARE = 0.7
_RELATED_WORDS, _RELATED_SHARE = 20, 0.05
_RANK: dict[Relation, int] = {"same": 0, "abridged": 1, "update": 2, "related": 3}


def relate(
    model: PairModel, pairs: Sequence[tuple[Side, Side]], flags: Sequence[tuple[int, int]]
) -> list[tuple[Relation, float] | None]:
    """The relation and similarity of each pair; None for a pair with nothing to note."""
    if not pairs:
        return []
    measured = features(pairs)
    classes = classify(model.probabilities(measured), measured)
    corrected = [(mine ^ theirs) & CORRECTION for mine, theirs in flags]
    return [
        _relation(measured, i, int(kind), corrected=bool(fixed))
        for i, (kind, fixed) in enumerate(zip(classes, corrected, strict=True))
    ]


def classify(probabilities: F64, measured: Features) -> I64:
    """The class of each pair; a duplicate must be at least as likely as `DUPLICATE_FROM`.

    An article dropped wrongly is lost to every consumer, one delivered twice is not. Texts that
    both begin with words of their own are no duplicates, whatever notice they share below. A short
    text (a dividend, a rate, a result) is one only if nothing in it was replaced and no number is
    new: reports from one template differ in little else. Nor may a longer report, up to
    `REPORT_CODES`, have many new numbers.
    """
    rest = probabilities[:, UPDATE:].argmax(axis=1) + UPDATE
    whole = (
        (measured.in_long >= SHORT_SHARE) & (measured.replaced == 0) & (measured.other_numbers == 0)
    )
    new_numbers = measured.other_numbers > NEW_NUMBERS * measured.numbers
    same = (
        (probabilities[:, DUPLICATE] >= DUPLICATE_FROM)
        & (measured.beginning >= SHARED_BEGINNING)
        & (whole | (measured.codes >= SHORT_CODES))
        & ~(new_numbers & (measured.codes < REPORT_CODES))
    )
    return np.where(same, DUPLICATE, rest)


def _relation(
    measured: Features, i: int, kind: int, *, corrected: bool
) -> tuple[Relation, float] | None:
    shared, back = float(measured.in_long[i]), float(measured.in_short[i])
    close = similarity(shared)
    if kind == DUPLICATE and not corrected:
        return ("same" if min(shared, back) >= _SAME_SHARE else "abridged", close)
    if kind in {DUPLICATE, UPDATE}:
        return "update", close
    noted = measured.words[i] >= _RELATED_WORDS and shared >= _RELATED_SHARE
    return ("related", close) if noted else None


def best_first(matches: Sequence[Match]) -> list[int]:
    """Indices of the matches that an answer keeps, the telling ones first."""
    rank = [(_RANK[m.relation], -m.similarity, i) for i, m in enumerate(matches)]
    return [i for _, _, i in sorted(rank)[:MAX_MATCHES]]


def answer(article_id: str, matches: list[Match], first: Dedup | None) -> Dedup:
    """The answer for an article with `matches`, best first; `first` is the best one's answer.

    `of` is always an article that stayed in the stream: the copy of a copy points at its original.
    """
    if first is None or matches[0].relation == "related":
        return Dedup(status="unique", cluster_id=article_id, matches=matches)
    best = matches[0]
    status: Status = "update" if best.relation == "update" else "duplicate"
    of = first.of if first.status == "duplicate" else best.article_id
    return Dedup(status=status, cluster_id=first.cluster_id, of=of, matches=matches)
