"""Why two articles are or are not duplicates: the measures, the model's view, the shared text."""

import re
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher

import numpy as np

from streams.records import Article, Relation
from streams.stages.dedup.fingerprints import CORRECTION, fingerprint
from streams.stages.dedup.judge import (
    DUPLICATE_FROM,
    EXACT,
    REFUSALS,
    refused,
    relate,
)
from streams.stages.dedup.model import load_model
from streams.stages.dedup.pairs import FEATURES, Side, features
from streams.stages.dedup.value import Fingerprint, unpack

LEAST_SHARED = 5

_WORD = re.compile(r"\w+")

Span = tuple[int, int]


@dataclass(slots=True)
class Explanation:
    """What the dedup stage sees in a pair, as if both stood in its window.

    `shared` are spans of each text that hold the same run of at least `LEAST_SHARED` words.
    `reasons` say in words what led to `relation` (None: nothing to note).
    """

    relation: Relation | None
    similarity: float
    probabilities: dict[str, float]
    measures: dict[str, float]
    shared_keys: int
    same_text: bool
    same_page: bool
    reasons: list[str]
    shared: tuple[list[Span], list[Span]]


def explain(first: Article, second: Article) -> Explanation:
    """The explanation for `first` as the earlier article."""
    a, b = _print(first), _print(second)
    [measured] = features([(_side(a), _side(b))])
    [probabilities] = load_model().probabilities(measured[None])
    same_text = a.content == b.content
    related = relate(load_model(), measured, a.flags ^ b.flags)
    relation, similarity = EXACT if same_text else related or (None, 0.0)
    found = Explanation(
        relation=relation,
        similarity=similarity,
        probabilities=dict(
            zip(("duplicate", "update", "other"), map(_rounded, probabilities), strict=True)
        ),
        measures=dict(zip(FEATURES, map(_rounded, measured), strict=True)),
        shared_keys=len(np.intersect1d(a.keys, b.keys)),
        same_text=same_text,
        same_page=a.page == b.page != 0,
        reasons=[],
        shared=shared_spans(first.text, second.text),
    )
    corrected = bool((a.flags ^ b.flags) & CORRECTION)
    found.reasons = _reasons(found, refused(measured), corrected=corrected)
    return found


def shared_spans(first: str, second: str) -> tuple[list[Span], list[Span]]:
    """The spans of each text that hold words in the same order as the other, case aside."""
    words = [list(_WORD.finditer(text)) for text in (first, second)]
    plain = [[w.group().lower() for w in found] for found in words]
    blocks = SequenceMatcher(None, plain[0], plain[1], autojunk=False).get_matching_blocks()
    long = [b for b in blocks if b.size >= LEAST_SHARED]
    return (
        [(words[0][b.a].start(), words[0][b.a + b.size - 1].end()) for b in long],
        [(words[1][b.b].start(), words[1][b.b + b.size - 1].end()) for b in long],
    )


def as_json(explanation: Explanation) -> dict[str, object]:
    """The explanation as plain values."""
    return asdict(explanation)


def _print(article: Article) -> Fingerprint:
    found = unpack(fingerprint([article])[0])
    if found is None:
        raise ValueError("a fingerprint of ours can't be read")
    return found


def _side(found: Fingerprint) -> Side:
    return Side(found.codes, found.highest, found.words)


def _rounded(value: float) -> float:
    return round(float(value), 3)


def _reasons(found: Explanation, refusals: int, *, corrected: bool) -> list[str]:
    if found.same_text:
        return ["the words are the same to the last one"]
    measures = found.measures
    reasons = [
        (
            f"{measures['in_long']:.0%} of the shorter text stands in the longer one, "
            f"{measures['in_short']:.0%} of the longer in the shorter"
        ),
        f"about {measures['words']:.0f} shared words, the longest run {measures['longest']:.0f}",
        f"{measures['replaced']:.0f} places between shared runs have other words on both sides",
        f"{measures['in_later']:.0%} of the later text stands in the earlier one",
        (
            f"the model gives {found.probabilities['duplicate']:.0%} for duplicate "
            f"(needed: {DUPLICATE_FROM:.0%}), {found.probabilities['update']:.0%} for update"
        ),
    ]
    if corrected:
        reasons.append("one of them calls itself a correction, so it is an update at most")
    rules = [rule for bit, rule in enumerate(REFUSALS) if refusals >> bit & 1]
    reasons += [f"{rule}, so they are no duplicates" for rule in rules]
    if not found.shared_keys and not found.same_page:
        reasons.append("they share no key, so the index would not compare them at all")
    return reasons
