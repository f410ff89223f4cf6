"""The pair model: from what two articles share to duplicate, update or neither.

Multinomial logistic regression over a few measures; `model.json` holds it (MODEL_CARD.md).
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import orjson
from numpy.typing import NDArray

from streams.stages.dedup.pairs import F64, Features

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
)
FILE = "model.json"
DUPLICATE, UPDATE, OTHER = range(3)

_LEAST_WORDS = 75


def measures(features: Features) -> F64:
    """The model's inputs (P, len(MEASURES)); counts on a log scale."""
    columns = {
        "in_long": features.in_long,
        "in_short": features.in_short,
        "words": np.log1p(features.words),
        "longest": np.log1p(features.longest),
        "replaced": np.log1p(features.replaced),
        "short_ending": features.short_ending,
        "long_ending": features.long_ending,
        "contained": _contained(features),
        "other_numbers": np.log1p(features.other_numbers),
    }
    return np.stack([columns[name] for name in MEASURES], axis=1)


def _contained(features: Features) -> F64:
    """1 for a short text that lies whole and unbroken in the long one, 0 for a scrap of it."""
    share = np.clip((features.in_long - 0.6) / 0.35, 0, 1)
    length = np.clip(np.log1p(features.words) - np.log(_LEAST_WORDS), 0, 0.7) / 0.7
    return np.asarray(share * length / (1 + features.replaced), np.float64)


@dataclass(slots=True, frozen=True)
class PairModel:
    """Weights (3, M) and biases (3,) over the plain measures."""

    weights: F64
    bias: F64

    def probabilities(self, features: Features) -> F64:
        """(P, 3): duplicate, update, other; rows sum to 1."""
        scores = measures(features) @ self.weights.T + self.bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)


@cache
def load_model() -> PairModel:
    """The shipped model."""
    stored = orjson.loads(files(__package__).joinpath(FILE).read_bytes())
    if tuple(stored["measures"]) != MEASURES:
        raise ValueError("model.json was trained on other measures: newswire train dedup")
    weights: NDArray[np.float64] = np.array(stored["weights"], np.float64)
    return PairModel(weights, np.array(stored["bias"], np.float64))
