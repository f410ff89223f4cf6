"""The labels that the tagger gives to tokens, and names read off a run of labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.crf import FORBIDDEN, Floats

Ints = NDArray[np.int64]
TYPES = ("PER", "ORG", "LOC", "NORP", "MISC")
LABELS = ("O", *(f"{p}-{t}" for t in TYPES for p in "BI"))
"""Label 2k+1 begins a name of type k, label 2k+2 goes on with it."""


def legal(labels: Sequence[str] = LABELS) -> Floats:
    """Scores to add to the transitions: 0, or `FORBIDDEN` where I-X follows neither B-X nor I-X."""
    scores = np.zeros((len(labels), len(labels)), np.float32)
    for after, label in enumerate(labels):
        for before, previous in enumerate(labels):
            if label[0] == "I" and previous[2:] != label[2:]:
                scores[before, after] = FORBIDDEN
    return scores


def runs(labels: NDArray[np.int8], zone: Ints) -> tuple[Ints, Ints, Ints]:
    """Names in labels of the tokens `zone`: first and last position in `zone`, and type number."""
    begin = np.flatnonzero(labels % 2 == 1)
    goes_on = (labels > 0) & (labels % 2 == 0)
    goes_on[1:] &= np.diff(zone) == 1
    stops = np.flatnonzero(np.concatenate((~goes_on, [True])))
    last = stops[np.searchsorted(stops, begin, "right")] - 1
    return begin, last, (labels[begin].astype(np.int64) - 1) // 2
