"""Calibration of the columns' scores, on events and on articles put together from them.

The model learns from sentences and reads articles, whose scores spread more. So the confidence
is fitted on the dev year's events and on pseudo-articles: one to sixteen events of one category,
half of them with a few of a second one, whose topics are then known.
"""

from collections.abc import Sequence
from itertools import groupby
from random import Random

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from streams.stages.subjects.model import Floats, Model
from streams.training import subject_corpus as corpus
from streams.training.subject_columns import has_gold
from streams.training.subject_features import matrix

LENGTHS = (1, 1, 3, 6, 10, 16)
SECOND_SHARE = 3
SEED = 7

Columns = tuple[Floats, Floats]


def pseudo_articles(events: Sequence[corpus.Event]) -> tuple[list[str], list[set[str]]]:
    """Texts of several events, and the categories of each."""
    by_category = {
        category: [e.headed for e in group]
        for category, group in groupby(sorted(events, key=_category), key=_category)
    }
    names, random = sorted(by_category), Random(SEED)  # noqa: S311 - a reproducible draw
    texts, labels = [], []
    for event in events:
        length = random.choice(LENGTHS)
        parts = [event.headed, *random.choices(by_category[event.category], k=length - 1)]
        present = {event.category}
        if length >= SECOND_SHARE and random.random() < 1 / 2:
            second = random.choice(names)
            parts += random.choices(by_category[second], k=length // SECOND_SHARE)
            present.add(second)
        texts.append("\n".join(parts))
        labels.append(present)
    return texts, labels


def _category(event: corpus.Event) -> str:
    return event.category


def logits(texts: Sequence[str], model: Model) -> NDArray[np.float64]:
    """The uncalibrated scores of texts: (texts, topics)."""
    weights = model.weights.astype(np.float32) * model.scale
    return np.asarray(matrix(texts, model) @ weights + model.bias, np.float64)


def calibrated(model: Model, events: Sequence[corpus.Event]) -> Columns:
    """Slope and offset of each topic; topics without gold labels get the median slope."""
    texts, labels = pseudo_articles(events)
    score = logits(texts, model)
    slope = np.full(len(model.codes), np.nan)
    offset = np.zeros(len(model.codes))
    category = {v: k for k, v in corpus.CODES.items()}
    for column, code in enumerate(model.codes):
        if has_gold(code) and code in category:
            present = np.array([category[code] in names for names in labels])
            fitted = LogisticRegression(C=1e6).fit(score[:, [column]], present)
            slope[column], offset[column] = fitted.coef_[0, 0], fitted.intercept_[0]
    slope[np.isnan(slope)] = np.nanmedian(slope)
    return slope.astype(np.float32), offset.astype(np.float32)
