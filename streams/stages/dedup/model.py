"""The pair model: from what two articles share to duplicate, update or neither.

Multinomial logistic regression over a few measures; `model.json` holds it (MODEL_CARD.md).
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import orjson
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.dedup.pairs import (
    BLOCKS,
    F64,
    IN_LATER,
    IN_LONG,
    IN_SHORT,
    LONG_ENDING,
    LONGEST,
    OTHER_NUMBERS,
    REPLACED,
    SHORT_ENDING,
    WORDS,
)

MEASURES = (
    "in_long",
    "in_short",
    "words",
    "longest",
    "replaced",
    "short_ending",
    "long_ending",
    "contained",
    "other_numbers",
    "blocks",
    "in_later",
)
FILE = "model.json"
DUPLICATE, UPDATE, OTHER = range(3)

_LEAST_WORDS = 75


def measures(features: F64) -> F64:
    """The model's inputs (P, len(MEASURES)) for the features of pairs; counts on a log scale."""
    return np.array([inputs(row) for row in features]).reshape(-1, len(MEASURES))


@compiled
def inputs(features: F64) -> F64:
    """The model's inputs (len(MEASURES),) for the features of one pair."""
    found = np.empty(len(MEASURES))
    found[0] = features[IN_LONG]
    found[1] = features[IN_SHORT]
    found[2] = np.log1p(features[WORDS])
    found[3] = np.log1p(features[LONGEST])
    found[4] = np.log1p(features[REPLACED])
    found[5] = features[SHORT_ENDING]
    found[6] = features[LONG_ENDING]
    found[7] = _contained(features)
    found[8] = np.log1p(features[OTHER_NUMBERS])
    found[9] = np.log1p(features[BLOCKS])
    found[10] = features[IN_LATER]
    return found


@compiled
def _contained(features: F64) -> float:
    """1 for a short text that lies whole and unbroken in the long one, 0 for a scrap of it."""
    share = min(max((features[IN_LONG] - 0.6) / 0.35, 0.0), 1.0)
    length = min(max(np.log1p(features[WORDS]) - np.log(_LEAST_WORDS), 0.0), 0.7) / 0.7
    return float(share * length / (1 + features[REPLACED]))


@compiled
def probabilities(features: F64, weights: F64, bias: F64) -> F64:
    """(3,): duplicate, update, other for the features of one pair; their sum is 1."""
    scores, given = bias.copy(), inputs(features)
    for kind in range(len(bias)):
        for place in range(len(given)):
            scores[kind] += weights[kind, place] * given[place]
    powers: F64 = np.exp(scores - scores.max())
    scores[:] = powers / powers.sum()
    return scores


@dataclass(slots=True, frozen=True)
class PairModel:
    """Weights (3, M) and biases (3,) over the plain measures."""

    weights: F64
    bias: F64

    def probabilities(self, features: F64) -> F64:
        """(P, 3): duplicate, update, other for the features of pairs; rows sum to 1."""
        rows = [probabilities(row, self.weights, self.bias) for row in features]
        return np.array(rows, np.float64).reshape(-1, len(self.bias))


@cache
def load_model() -> PairModel:
    """The shipped model."""
    stored = orjson.loads(files(__package__).joinpath(FILE).read_bytes())
    if tuple(stored["measures"]) != MEASURES:
        raise ValueError("model.json was trained on other measures: newswire train dedup")
    weights: NDArray[np.float64] = np.array(stored["weights"], np.float64)
    return PairModel(weights, np.array(stored["bias"], np.float64))
