"""Calibration of the scores, on events of the dev year and on whole articles.

The model learns from sentences and reads articles. Topics with gold labels are fitted on the dev
year's events, with and without their heading, and on hand-labelled articles; of the others only
articles tell. An article is about something: its surest topic among those with gold labels is
right more often than the same score in second place, and so are those below it: they have a
slope and offset of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from streams.evaluation import subject_corpus as corpus
from streams.evaluation.subjects import Labelled
from streams.stages.subjects import taxonomy
from streams.stages.subjects.model import Floats, Model
from streams.stages.subjects.scoring import surest
from streams.training.subject_columns import has_gold
from streams.training.subject_features import article_matrix

WEAK_PENALTY = 1e6
DEEPER = 3

Mask = NDArray[np.bool_]


@dataclass(slots=True, frozen=True)
class Sample:
    """Scores of texts for the topics, (texts, topics), which are right, which are known."""

    score: Floats
    right: Mask
    known: Mask
    weight: float


def calibrated(model: Model, events: Sequence[corpus.Event], whole: Sequence[Labelled]) -> Model:
    """The model with the slopes and offsets that make its scores probabilities."""
    gold = np.array([has_gold(code) for code in model.codes])
    level = np.array([taxonomy.level(code) for code in model.codes])
    model = replace(model, rivals=np.flatnonzero(gold))
    articles = _articles(whole, model)
    slopes = np.zeros((4, len(model.codes)), np.float32)
    slopes[:, gold] = _fit([*_events(events, model), articles], gold, model)
    for same in (level == 1, level == DEEPER - 1, level >= DEEPER):
        slopes[:, same & ~gold] = _fit([articles], same & ~gold, model)
    slope, offset, surest_slope, surest_offset = slopes
    return replace(
        model,
        slope=slope,
        offset=offset,
        surest_slope=surest_slope,
        surest_offset=surest_offset,
    )


def _fit(samples: Iterable[Sample], topics: Mask, model: Model) -> NDArray[np.float64]:
    """Slope, offset, and what the surest adds to both, as a column; all alike for `topics`."""
    score, right, weight, first = [], [], [], []
    for sample in samples:
        used = topics & sample.known
        leads = surest(sample.score, model)
        score.append(sample.score[:, used].ravel())
        right.append(sample.right[:, used].ravel())
        first.append(leads[:, used].ravel())
        weight.append(np.full(right[-1].size, sample.weight))
    s, y, f = np.concatenate(score), np.concatenate(right), np.concatenate(first)
    if y.all() or not y.any():
        return np.array([[1.0], [0.0], [0.0], [0.0]])
    inputs = np.stack([s, s * f, f], axis=1) if f.any() else s[:, None]
    fitted = LogisticRegression(C=WEAK_PENALTY)
    fitted.fit(inputs, y, sample_weight=np.concatenate(weight))
    slopes = [*fitted.coef_[0], 0.0, 0.0][:3]
    return np.array([[slopes[0]], fitted.intercept_, [slopes[1]], [slopes[2]]])


def _articles(whole: Sequence[Labelled], model: Model) -> Sample:
    texts = [row.article for row in whole]
    right = np.array([[code in row.labels for code in model.codes] for row in whole])
    score = _scores([a.title or "" for a in texts], [a.text for a in texts], model)
    return Sample(score, right, np.ones(len(model.codes), np.bool_), 1.0)


def _events(events: Sequence[corpus.Event], model: Model) -> Iterable[Sample]:
    """The events without and with their heading; health and environment share a category."""
    category = {code: name for name, code in corpus.CODES.items()}
    known = np.array([code in category for code in model.codes])
    right = np.array([[category.get(c) == e.category for c in model.codes] for e in events])
    headings = [e.headings[-1] if e.headings else "" for e in events]
    for titles in ([""] * len(events), headings):
        yield Sample(_scores(titles, [e.text for e in events], model), right, known, 1 / 2)


def _scores(titles: Sequence[str], texts: Sequence[str], model: Model) -> Floats:
    weights = model.weights.astype(np.float32) * model.scale
    return np.asarray(article_matrix(titles, texts, model) @ weights + model.bias, np.float32)
