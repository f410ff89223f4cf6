"""Trains the pair model: labelled pairs of the tuning half, steadied by made pairs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from streams.evaluation.dedup import CLASS_OF, CLASSES, cleaned, helsinki_pairs
from streams.records import Article
from streams.stages.dedup.fingerprints import fingerprint
from streams.stages.dedup.model import MEASURES, PairModel, measures
from streams.stages.dedup.pairs import F64, Side, features
from streams.stages.dedup.value import unpack
from streams.training.dedup_pairs import made_pairs

MADE = 150
MADE_WEIGHT = 0.02
REGULARISATION = 0.3
DECIMALS = 4


def train(data: Path) -> PairModel:
    """The model; each class of the labelled pairs has the same weight in sum."""
    labelled = helsinki_pairs(data, check=False)
    articles = [cleaned([pair.first, pair.second]) for pair in labelled]
    classes = [CLASSES.index(CLASS_OF.get(pair.label, "other")) for pair in labelled]
    made = made_pairs(data, MADE)
    plain = [[Article(article_id="0" * 32, text=t) for t in texts[:2]] for texts in made]
    inputs = measured(articles + plain)
    target = np.array(classes + [kind for _, _, kind in made])
    return _fit(inputs, target, np.append(_balanced(classes), np.full(len(made), MADE_WEIGHT)))


def measured(pairs: Sequence[Sequence[Article]]) -> F64:
    """The model's inputs for pairs of articles."""
    return measures(features([(_side(first), _side(second)) for first, second in pairs]))


def dump(model: PairModel) -> bytes:
    """The model as the bytes of its file."""
    stored = {
        "measures": MEASURES,
        "weights": model.weights.tolist(),
        "bias": model.bias.tolist(),
    }
    return orjson.dumps(stored, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _side(article: Article) -> Side:
    [value] = fingerprint([article])
    found = unpack(value)
    if found is None:
        raise ValueError("a fingerprint of ours can't be read")
    return Side(found.codes, found.highest, found.words)


def _balanced(classes: list[int]) -> F64:
    count = np.bincount(classes, minlength=len(CLASSES))
    return np.asarray(len(classes) / (len(CLASSES) * count[classes]), np.float64)


def _fit(inputs: F64, target: NDArray[np.int64], weight: F64) -> PairModel:
    scaler = StandardScaler().fit(inputs)
    fitted = LogisticRegression(C=REGULARISATION, max_iter=5_000, tol=1e-8).fit(
        scaler.transform(inputs), target, sample_weight=weight
    )
    weights = fitted.coef_ / scaler.scale_
    bias = fitted.intercept_ - weights @ scaler.mean_
    return PairModel(np.round(weights, DECIMALS), np.round(bias, DECIMALS))
