"""Trains the subject model: one linear column a topic, from gold events and weak labels."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.evaluation import subject_corpus as corpus
from streams.evaluation.subjects import wikinews
from streams.stages.subjects import taxonomy
from streams.stages.subjects.model import Floats, Model
from streams.training.subject_calibration import calibrated
from streams.training.subject_columns import fit, has_gold, prepare
from streams.training.subject_features import vocabulary
from streams.training.subject_seeds import seeds

FIRST_DEV_YEAR = 2018
THRESHOLD, DEEPER_THRESHOLD = 0.5, 0.3
NEGLIGIBLE = 0.01
LEVELS = 127


def quantised(weights: NDArray[np.float64]) -> tuple[NDArray[np.int8], Floats]:
    """Weights as bytes and the scale of each column; negligible ones become 0."""
    top = np.maximum(np.abs(weights).max(axis=0), 1e-9)
    kept = np.where(np.abs(weights) < NEGLIGIBLE * top, 0.0, weights)
    return np.rint(kept / top * LEVELS).astype(np.int8), (top / LEVELS).astype(np.float32)


def train(
    data: Path, labels: Path, progress: Callable[[Sequence[str]], Iterable[str]] = iter
) -> Model:
    """The model from the evaluation data and the tuning half of the hand-labelled articles.

    `labels` names those articles; `progress` wraps the topics while they are fitted.
    """
    every = corpus.wcep(data)
    events = [e for e in every if e.year < FIRST_DEV_YEAR]
    plain = list(corpus.unlabelled(data))
    named = seeds()
    codes = tuple(s.code for s in named)
    phrases = [p for s in named for p in s.weak + s.strong]
    empty = vocabulary([e.text for e in events] + plain, phrases, codes)
    material = prepare(events, plain, named, empty)
    columns = [fit(code, material) for code in progress(codes)]
    weights, scale = quantised(np.array([weight for weight, _ in columns]).T)
    fitted = replace(
        empty,
        weights=weights,
        scale=scale,
        bias=np.array([bias for _, bias in columns], np.float32),
        threshold=np.array([_threshold(code) for code in codes], np.float32),
    )
    dev = [e for e in every if e.year == FIRST_DEV_YEAR]
    return calibrated(fitted, dev, wikinews(data, labels, check=False))


def _threshold(code: str) -> float:
    return THRESHOLD if has_gold(code) or taxonomy.level(code) == 1 else DEEPER_THRESHOLD
