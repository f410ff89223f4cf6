"""From the measures of a pair to its relation."""

import numpy as np

from streams.compiled import compiled
from streams.records import Relation
from streams.stages.dedup.answers import RELATIONS, STEPS
from streams.stages.dedup.fingerprints import CORRECTION
from streams.stages.dedup.model import DUPLICATE, OTHER, UPDATE, PairModel, probabilities
from streams.stages.dedup.pairs import (
    BEGINNING_SHARED,
    CODES,
    F64,
    IN_LONG,
    IN_SHORT,
    NUMBERS,
    OTHER_NUMBERS,
    REPLACED,
    WORDS,
)

DUPLICATE_FROM = 0.52
EXACT: tuple[Relation, float] = ("same", 1.0)
SHARED_BEGINNING = 0.1
LEAST_SHARE = 0.5
SHORT_CODES = 60
SHORT_SHARE = 0.9
TINY_CODES = 20
REPORT_CODES = 120
NEW_NUMBERS = 0.25
TABLE_NUMBERS, TABLE_NEW_NUMBERS = 0.3, 3

REFUSALS = (
    "both begin with words of their own",
    f"less than {LEAST_SHARE:.0%} of the shorter one is shared",
    "a text this tiny must have no new word: it can be the name",
    "a text this short must have no words replaced and no new number: it can be another report",
    "too many numbers are new for a report of this length",
    "it is a table, and its numbers are new",
)
"""Why a pair is no duplicate whatever the model says; see `refused`."""

_SAME, _ABRIDGED, _UPDATE, _RELATED = range(len(RELATIONS))
_NONE = -1
_SAME_SHARE = 0.7
_RELATED_WORDS, _RELATED_SHARE = 20, 0.05


def relate(model: PairModel, features: F64, flags: int) -> tuple[Relation, float] | None:
    """Relation and similarity of a pair by its features (F,); None: nothing to note.

    `flags` are those that one of the two articles has and the other has not.
    """
    relation, steps = judged(features, flags, model.weights, model.bias)
    return None if relation == _NONE else (RELATIONS[relation], steps / STEPS)


@compiled
def judged(features: F64, flags: int, weights: F64, bias: F64) -> tuple[int, int]:
    """Index into RELATIONS (-1: nothing to note) and similarity in `STEPS`, see `relate`."""
    kind = _kind(features, probabilities(features, weights, bias))
    shared, back = features[IN_LONG], features[IN_SHORT]
    close = int(np.rint(shared * STEPS))
    if kind == DUPLICATE and not flags & CORRECTION:
        return (_SAME if min(shared, back) >= _SAME_SHARE else _ABRIDGED), close
    if kind != OTHER:
        return _UPDATE, close
    noted = features[WORDS] >= _RELATED_WORDS and shared >= _RELATED_SHARE
    return (_RELATED if noted else _NONE), close


@compiled
def _kind(features: F64, likely: F64) -> int:
    """The class of a pair; a duplicate must be at least as likely as `DUPLICATE_FROM`.

    An article dropped wrongly is lost to every consumer, one delivered twice is not.
    """
    if likely[DUPLICATE] >= DUPLICATE_FROM and refused(features) == 0:
        return DUPLICATE
    return UPDATE if likely[UPDATE] >= likely[OTHER] else OTHER


@compiled
def refused(features: F64) -> int:
    """Which rules forbid that a pair is a duplicate, as bits in the order of REFUSALS.

    Texts that both begin with words of their own are no duplicates, whatever notice they share
    below; nor are those of which even the short one stands mostly for itself, whatever they quote.
    A short text (a dividend, a rate, a result) is one only if nothing in it was replaced and no
    number is new: reports from one template differ in little else. Of a tiny one no word may be
    new: it can be the name. Nor may a longer report, up to `REPORT_CODES`, have many new numbers,
    or a table some.
    """
    other, codes, whole = features[OTHER_NUMBERS], features[CODES], features[IN_LONG]
    changed = features[REPLACED] > 0 or other > 0
    many = other > NEW_NUMBERS * features[NUMBERS]
    table = features[NUMBERS] > TABLE_NUMBERS * codes
    found: int = 1 * (features[BEGINNING_SHARED] < SHARED_BEGINNING)
    found += 2 * (whole < LEAST_SHARE)
    found += 4 * (codes < TINY_CODES and (whole < 1 or changed))
    found += 8 * (TINY_CODES <= codes < SHORT_CODES and (whole < SHORT_SHARE or changed))
    found += 16 * (many and codes < REPORT_CODES)
    found += 32 * (table and other >= TABLE_NEW_NUMBERS)
    return found
