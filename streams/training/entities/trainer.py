"""Train the tagger: a linear-chain CRF over summed rows plus one hidden layer, by hand in NumPy.

A token's scores are the sum of its window's rows, `linear`, plus `relu(hidden) @ output`, where
`hidden` is a sum of rows too, factored through `d` dimensions a code. Training takes documents in
small batches with Adagrad on the sparse rows. The gold side is a lattice of allowed labels, so a
set that does not mark a type teaches nothing about it. Each head has its own linear rows, output
and transitions over the shared hidden layer; only the first head ships.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from streams.stages.entities import crf
from streams.stages.entities.encode import WINDOW
from streams.stages.entities.features import VECTOR
from streams.stages.entities.labels import LABELS, legal
from streams.training.entities.dataset import Dataset
from streams.training.entities.space import Space

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
PLACES = len(WINDOW)


@dataclass(slots=True, frozen=True)
class Plan:
    """How to train; rates fall linearly to a twentieth."""

    epochs: int = 8
    batch: int = 30
    rate: float = 0.1
    dense_rate: float = 0.002
    decay: float = 1e-6
    word_dropout: float = 0.1
    dropout: float = 0.3
    width: int = 128
    inner: int = 64
    cut: int = 2
    seed: int = 7


@dataclass(slots=True)
class Parameters:
    """A attributes, h heads, L labels, d inner and H hidden dimensions, 5 places."""

    linear: list[Floats]  # each (A, 5, L)
    transitions: list[Floats]  # (L, L)
    output: list[Floats]  # (H, L)
    inner: Floats  # (A, d)
    spread: Floats  # (d, 5, H)
    bias: Floats  # (H,)
    squares: dict[str, Floats] = field(default_factory=dict)


def initial(attributes: int, heads: int, plan: Plan) -> Parameters:
    """Small random hidden layers, all else zero."""
    rng = np.random.default_rng(plan.seed)
    size = len(LABELS)

    def normal(scale: float, *shape: int) -> Floats:
        return (rng.standard_normal(shape) * scale).astype(np.float32)

    return Parameters(
        linear=[np.zeros((attributes, PLACES, size), np.float32) for _ in range(heads)],
        transitions=[np.zeros((size, size), np.float32) for _ in range(heads)],
        output=[normal(0.05, plan.width, size) for _ in range(heads)],
        inner=normal(0.1, attributes, plan.inner),
        spread=normal((plan.inner * PLACES) ** -0.5, plan.inner, PLACES, plan.width),
        bias=np.zeros(plan.width, np.float32),
    )


@dataclass(slots=True)
class Batch:
    """Tokens of some documents of one head: slots (K, n) of local rows, `rows` their space rows."""

    rows: Ints
    slots: Ints
    place: Sequence[int]
    allowed: NDArray[np.bool_]
    first: Ints
    length: Ints


def _ranges(bounds: Ints, chosen: Ints) -> Ints:
    return np.concatenate([np.arange(bounds[i], bounds[i + 1]) for i in chosen])


def make_batch(
    parts: Sequence[tuple[Dataset, Ints]],
    droppable: NDArray[np.bool_],
    rate: float,
    rng: np.random.Generator,
) -> Batch:
    """The chosen documents as one batch, words hidden at `rate`."""
    slots, allowed, first, length, base = [], [], [], [], 0
    for data, chosen in parts:
        positions = _ranges(data.bounds, chosen)
        new = np.full(len(data.zones.token), -1, np.int64)
        new[positions] = np.arange(len(positions)) + base
        some = _ranges(data.segments, chosen)
        slots.append(data.slots[:, positions])
        allowed.append(data.allowed[positions])
        first.append(new[data.zones.first[some]])
        length.append(data.zones.length[some])
        base += len(positions)
    joined = np.concatenate(slots, 1)
    hide = (rng.random(joined.shape) < rate) & droppable[joined]
    rows, local = np.unique(joined + hide, return_inverse=True)
    return Batch(
        rows,
        local.reshape(joined.shape),
        parts[0][0].place,
        np.concatenate(allowed),
        np.concatenate(first),
        np.concatenate(length),
    )


def gather(table: Floats, batch: Batch) -> Floats:
    """Sum over slots of `table[row, place]`; table (rows, 5, W) -> (n, W)."""
    total = np.zeros((batch.slots.shape[1], table.shape[2]), np.float32)
    for place, rows in zip(batch.place, batch.slots, strict=True):
        total += table[:, place][rows]
    return total


def scatter(gradient: Floats, batch: Batch) -> Floats:
    """The transpose of `gather`: (n, W) -> (rows, 5, W)."""
    count, width = len(batch.rows), gradient.shape[1]
    total = np.zeros((count, PLACES, width), np.float32)
    tokens = np.arange(gradient.shape[0])
    ones = np.ones(len(tokens), np.float32)
    for place, rows in zip(batch.place, batch.slots, strict=True):
        pick = sp.csr_matrix((ones, (rows, tokens)), shape=(count, len(tokens)))
        total[:, place] += pick @ gradient
    return total


def chain(scores: Floats, transitions: Floats, batch: Batch) -> tuple[Floats, Floats, float]:
    """Loss gradient with respect to scores (n, L) and transitions (L, L), and the loss summed."""
    allowed_moves = transitions + legal()
    scores = scores.copy()
    scores[batch.first] += allowed_moves[0]
    last = batch.first + batch.length - 1
    scores[last] += allowed_moves[:, 0]
    packing = crf.pack(batch.first, batch.length)
    free, moves, log_free = crf.marginals(scores, allowed_moves, packing)
    held = np.where(batch.allowed, scores, np.float32(-1e4))
    gold, gold_moves, log_gold = crf.marginals(held, allowed_moves, packing)
    by_score = free - gold
    by_move = moves - gold_moves
    by_move[0] += by_score[batch.first].sum(0)
    by_move[:, 0] += by_score[last].sum(0)
    return by_score, by_move, log_free - log_gold


def _adagrad(p: Parameters, name: str, value: Floats, gradient: Floats, rate: float) -> None:
    squares = p.squares.setdefault(name, np.full_like(value, 1e-6))
    squares += gradient * gradient
    value -= rate * gradient / np.sqrt(squares)


def _adagrad_rows(
    p: Parameters,
    name: str,
    value: Floats,
    rows: Ints,
    gradient: Floats,
    rate: float,
    start: float = 1e-6,
) -> None:
    squares = p.squares.setdefault(name, np.full_like(value, start))
    squares[rows] += gradient * gradient
    value[rows] -= rate * gradient / np.sqrt(squares[rows])


class Adam:
    """Adam for the few dense arrays."""

    def __init__(self) -> None:
        self.moments: dict[str, tuple[Floats, Floats]] = {}
        self.step = 0

    def __call__(self, name: str, value: Floats, gradient: Floats, rate: float) -> None:
        """Change `value` in place."""
        zero = (np.zeros_like(value), np.zeros_like(value))
        mean, square = self.moments.setdefault(name, zero)
        mean *= 0.9
        mean += 0.1 * gradient
        square *= 0.999
        square += 0.001 * gradient * gradient
        t = self.step
        value -= rate * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)


class Trainer:
    """Trains on `heads`: for each head the datasets that teach it."""

    def __init__(self, heads: Sequence[Sequence[Dataset]], space: Space, plan: Plan) -> None:
        self.heads, self.space, self.plan = heads, space, plan
        self.matrix = space.freeze(_seen(heads), plan.cut)
        self.hidden = np.array(space.hidden, np.bool_)
        self.parameters = initial(self.matrix.shape[1], len(heads), plan)
        self.frozen = self._place_vectors()
        self.adam = Adam()
        self.rng = np.random.default_rng(plan.seed + 1)

    def _place_vectors(self) -> NDArray[np.bool_]:
        """Give the words' vectors their place; those attributes are not trained."""
        frozen = np.zeros(self.matrix.shape[1], np.bool_)
        for number, name in enumerate(self.space.names):
            vector = self.space.vectors.get(name.removeprefix(VECTOR))
            if vector is not None and name.startswith(VECTOR):
                frozen[number] = True
                self.parameters.inner[number] = 0
                self.parameters.inner[number, : len(vector)] = vector
        return frozen

    def schedule(self) -> list[list[tuple[int, list[tuple[Dataset, Ints]]]]]:
        """Epochs of batches: the head and the documents of each dataset."""
        epochs = []
        for _ in range(self.plan.epochs):
            batches = []
            for number, datasets in enumerate(self.heads):
                items = [(k, i) for k, d in enumerate(datasets) for i in range(len(d.documents))]
                order = self.rng.permutation(len(items))
                for low in range(0, len(items), self.plan.batch):
                    chosen = [items[j] for j in order[low : low + self.plan.batch]]
                    parts = [
                        (d, np.array(sorted(i for k, i in chosen if k == n), np.int64))
                        for n, d in enumerate(datasets)
                    ]
                    batches.append((number, [(d, c) for d, c in parts if len(c)]))
            epochs.append([batches[j] for j in self.rng.permutation(len(batches))])
        return epochs

    def run(self, report: Callable[[int, float], None] = lambda *_: None) -> Parameters:
        """Train to the end; `report(epoch, loss per token)`."""
        epochs = self.schedule()
        total = sum(map(len, epochs))
        for number, batches in enumerate(epochs):
            loss, count = 0.0, 0
            for head, parts in batches:
                self.adam.step += 1
                speed = 1 - 0.95 * self.adam.step / total
                batch = make_batch(parts, self.hidden, self.plan.word_dropout, self.rng)
                loss += self._step(head, batch, speed)
                count += batch.slots.shape[1]
            report(number, loss / max(count, 1))
        return self.parameters

    def _step(self, head: int, batch: Batch, speed: float) -> float:
        p, plan = self.parameters, self.plan
        codes = self.matrix[batch.rows]
        size, width = len(LABELS), plan.width
        linear = (codes @ p.linear[head].reshape(-1, PLACES * size)).reshape(-1, PLACES, size)
        inner = codes @ p.inner
        spread = (inner @ p.spread.reshape(plan.inner, -1)).reshape(-1, PLACES, width)
        hidden = gather(spread, batch) + p.bias
        keep = (self.rng.random(hidden.shape, dtype=np.float32) >= plan.dropout) & (hidden > 0)
        mask: Floats = (keep / np.float32(1 - plan.dropout)).astype(np.float32)
        active = hidden * mask
        scores: Floats = gather(linear, batch) + (active @ p.output[head]).astype(np.float32)
        by_score, by_move, loss = chain(scores, p.transitions[head], batch)
        by_hidden = (by_score @ p.output[head].T) * mask
        self._update(head, batch, codes, (by_score, by_move, by_hidden, active, inner), speed)
        return loss

    def _update(
        self,
        head: int,
        batch: Batch,
        codes: sp.csr_matrix,
        flow: tuple[Floats, Floats, Floats, Floats, Floats],
        speed: float,
    ) -> None:
        by_score, by_move, by_hidden, active, inner = flow
        p, plan = self.parameters, self.plan
        columns = codes.T.tocsr()
        touched = np.flatnonzero((np.diff(columns.indptr) > 0) & ~self.frozen)
        columns = columns[touched]
        by_linear = (columns @ scatter(by_score, batch).reshape(len(batch.rows), -1)).reshape(
            -1, PLACES, len(LABELS)
        )
        by_linear += plan.decay * len(by_score) * p.linear[head][touched]
        by_row = scatter(by_hidden, batch).reshape(len(batch.rows), -1)
        by_inner = columns @ (by_row @ p.spread.reshape(plan.inner, -1).T)
        by_spread = (inner.T @ by_row).reshape(p.spread.shape)
        by_output = active.T @ by_score
        rate = plan.rate * speed
        _adagrad_rows(p, f"linear{head}", p.linear[head], touched, by_linear, rate)
        _adagrad(p, f"transitions{head}", p.transitions[head], by_move, rate)
        _adagrad_rows(p, "inner", p.inner, touched, by_inner, 0.3 * rate, 1e-3)
        dense = plan.dense_rate * speed
        self.adam("spread", p.spread, by_spread, dense)
        self.adam("bias", p.bias, by_hidden.sum(0), dense)
        self.adam(f"output{head}", p.output[head], by_output, dense)


def _seen(heads: Sequence[Sequence[Dataset]]) -> dict[int, int]:
    seen: dict[int, int] = {}
    for datasets in heads:
        for data in datasets:
            centre = [k for k, place in enumerate(data.place) if WINDOW[place] == 0]
            rows, counts = np.unique(data.slots[centre], return_counts=True)
            for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
                seen[row] = seen.get(row, 0) + count
            for pads in np.unique(data.slots).tolist():
                seen.setdefault(pads, 2)
    return seen


def scores_of(p: Parameters, matrix: sp.csr_matrix, data: Dataset) -> Floats:
    """Scores of the first head for a dataset, without dropout, (n, L)."""
    batch = Batch(
        np.arange(matrix.shape[0]),
        data.slots,
        data.place,
        data.allowed,
        data.zones.first,
        data.zones.length,
    )
    linear = (matrix @ p.linear[0].reshape(matrix.shape[1], -1)).reshape(-1, PLACES, len(LABELS))
    spread = ((matrix @ p.inner) @ p.spread.reshape(p.spread.shape[0], -1)).reshape(
        -1, PLACES, p.bias.shape[0]
    )
    scores: Floats = (
        gather(linear, batch) + np.maximum(gather(spread, batch) + p.bias, 0) @ p.output[0]
    )
    return scores
