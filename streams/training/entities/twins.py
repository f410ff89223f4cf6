"""Train the second pass: small matrices over what the first pass believes elsewhere in a text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities import crf, twins
from streams.stages.entities.facts import facts_of
from streams.stages.entities.labels import LABELS, legal, runs
from streams.stages.entities.tagger import bounded
from streams.training.entities.dataset import Dataset
from streams.training.entities.trainer import Adam, Floats, Ints, chain, make_batch

EPOCHS, BATCH, RATE, DECAY = 5, 30, 0.02, 1e-4


@dataclass(slots=True)
class SecondPass:
    """`echo[k]` (L, L) for the places before, at and after a token; `transitions` (L, L)."""

    echo: list[Floats]
    transitions: Floats


def echoes(scores: Floats, transitions: Floats, data: Dataset) -> list[Floats]:
    """The beliefs of the first pass about each token's twins, by place."""
    moves = transitions + legal()
    packing = crf.pack(data.zones.first, data.zones.length)
    chance = crf.marginals(bounded(scores, moves, data.zones), moves, packing)[0]
    facts = facts_of(data.tokens.vocabulary)
    keys = twins.word_keys(data.tokens, data.zones, facts)
    return twins.neighbours(twins.beliefs(chance, keys), data.zones)


def rescored(scores: Floats, heard: Sequence[Floats], second: SecondPass) -> Floats:
    """The scores of the second pass."""
    total = scores.copy()
    for values, matrix in zip(heard, second.echo, strict=True):
        total += values @ matrix
    return total


def train(parts: Sequence[tuple[Dataset, Floats]], transitions: Floats) -> SecondPass:
    """Train on datasets with first-pass scores by models that had not seen them."""
    size = len(LABELS)
    second = SecondPass(
        [np.zeros((size, size), np.float32) for _ in twins.PLACES], transitions.copy()
    )
    heard = [echoes(scores, transitions, data) for data, scores in parts]
    adam, rng = Adam(), np.random.default_rng(3)
    for epoch in range(EPOCHS):
        rate = RATE * (1 - epoch / EPOCHS)
        for (data, scores), values in zip(parts, heard, strict=True):
            order = rng.permutation(len(data.documents))
            for low in range(0, len(order), BATCH):
                chosen = np.sort(order[low : low + BATCH])
                _step(second, adam, (data, scores, values, chosen), rate, rng)
    return second


def _step(
    second: SecondPass,
    adam: Adam,
    part: tuple[Dataset, Floats, list[Floats], Ints],
    rate: float,
    rng: np.random.Generator,
) -> None:
    data, scores, values, chosen = part
    nothing: NDArray[np.bool_] = np.zeros(int(data.slots.max()) + 1, np.bool_)
    batch = make_batch([(data, chosen)], nothing, 0.0, rng)
    where = np.concatenate([np.arange(data.bounds[i], data.bounds[i + 1]) for i in chosen])
    heard = [v[where] for v in values]
    now = rescored(scores[where], heard, second)
    by_score, by_move, _ = chain(now, second.transitions, batch)
    adam.step += 1
    for place, matrix in enumerate(second.echo):
        gradient = heard[place].T @ by_score + np.float32(DECAY * len(where)) * matrix
        adam(f"echo{place}", matrix, gradient, rate)
    adam("transitions", second.transitions, by_move, rate / 2)


def outcomes(
    parts: Sequence[tuple[Dataset, Floats]], transitions: Floats, second: SecondPass
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """For every name found in the parts its raw confidence, and whether gold has it."""
    confidence: list[float] = []
    right: list[bool] = []
    for data, scores in parts:
        moves = second.transitions + legal()
        now = rescored(scores, echoes(scores, transitions, data), second)
        now = bounded(now, moves, data.zones)
        packing = crf.pack(data.zones.first, data.zones.length)
        labels = crf.viterbi(now, moves, packing)
        chance = crf.marginals(now, moves, packing)[0]
        begin, last, _ = runs(labels)
        for low, high in zip(begin.tolist(), last.tolist(), strict=True):
            inside = np.arange(low, high + 1)
            confidence.append(float(chance[inside, labels[inside]].min()))
            right.append(bool(_is_gold(data.allowed, labels, low, high)))
    return np.array(confidence), np.array(right)


def _is_gold(allowed: NDArray[np.bool_], labels: NDArray[np.int8], low: int, high: int) -> bool:
    inside = np.arange(low, high + 1)
    return bool(allowed[inside, labels[inside]].all())


def platt(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """a, b such that sigmoid(a * logit(confidence) + b) is the chance of being right."""
    p = np.clip(confidence, 1e-4, 1 - 1e-4)
    x = np.stack((np.log(p / (1 - p)), np.ones_like(p)), 1)
    weights = np.array([1.0, 0.0])
    for _ in range(30):
        guess = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (guess * (1 - guess))[:, None]).T @ x + np.eye(2) * 1e-6
        weights -= np.linalg.solve(hessian, x.T @ (guess - right))
    return float(weights[0]), float(weights[1])
