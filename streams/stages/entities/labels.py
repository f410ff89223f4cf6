"""The labels that the tagger gives to tokens, and names read off a run of labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.crf import FORBIDDEN, Floats

Ints = NDArray[np.int64]
TYPES = ("PER", "ORG", "LOC", "NORP", "MISC")
PARTS = "BIES"
LABELS = ("O", *(f"{part}-{kind}" for kind in TYPES for part in PARTS))
"""B begins a name, I goes on, E ends it, S is a name of one token; 4k+1..4k+4 are type k's."""


def legal(labels: Sequence[str] = LABELS) -> Floats:
    """Scores to add to the transitions: 0, or `FORBIDDEN` where a label cannot follow another."""
    scores = np.zeros((len(labels), len(labels)), np.float32)
    for before, previous in enumerate(labels):
        for after, label in enumerate(labels):
            is_open, goes_on = previous[0] in "BI", label[0] in "IE"
            if is_open != goes_on or (is_open and previous[2:] != label[2:]):
                scores[before, after] = FORBIDDEN
    return scores


def runs(labels: NDArray[np.int8]) -> tuple[Ints, Ints, Ints]:
    """Names in a legal sequence of labels: position of first and last token, and type number."""
    part = np.where(labels > 0, (labels.astype(np.int64) - 1) % len(PARTS), -1)
    begin = np.flatnonzero((part == PARTS.index("B")) | (part == PARTS.index("S")))
    last = np.flatnonzero((part == PARTS.index("E")) | (part == PARTS.index("S")))
    return begin, last, (labels[begin].astype(np.int64) - 1) // len(PARTS)
