"""The trained tagger: loads its file and scores the tokens of zones.

A word's row is the sum of its attributes' weights at every place of the window; rows are cached
by word form, bounded. Products are exact, so that a token gets the same bits in any batch.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities import stored
from streams.stages.entities.crf import Exact
from streams.stages.entities.encode import CASE_VOCABULARY, OFFSETS, WINDOW, Zones
from streams.stages.entities.features import BEGIN, END, attributes, code_attributes
from streams.stages.entities.labels import LABELS
from streams.text.tokens import IntArray, TokenBatch

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
CACHED_WORDS = 16_384
LANES = 8
"""Columns are padded to a multiple of it, as many numbers as a processor adds at once."""


@dataclass(slots=True, frozen=True)
class Scaled:
    """A matrix in bytes: row i is `values[i] * scale[i]`."""

    values: NDArray[np.int8]
    scale: Floats

    def rows(self, numbers: Ints) -> Floats:
        """Some rows as floats."""
        found: Floats = self.values[numbers] * self.scale[numbers, None]
        return found

    @property
    def width(self) -> int:
        """The number of columns."""
        return int(self.values.shape[1])


@dataclass(slots=True, frozen=True)
class Weights:
    """A attributes, L labels, d inner and H hidden dimensions, 5 places; see training."""

    names: stored.Index
    linear: Scaled  # (A, 5 * L)
    inner: Scaled  # (A, d)
    spread: Floats  # (d, 5 * H)
    bias: Floats  # (H,)
    output: Floats  # (H, L)
    transitions: Floats  # (L, L)
    echo: Floats  # (3, L, L), the second pass
    second_transitions: Floats  # (L, L)
    clusters: stored.Classes
    links: frozenset[str]
    cores: frozenset[str]
    meta: Mapping[str, Any]


def load_weights(folder: Path) -> Weights:
    """The weights in the folder that `newswire train entities` wrote."""
    file = stored.load(folder)
    inner = Scaled(file["inner"], file["inner_scale"])
    classes = stored.lines_of(file["class_names"])
    return Weights(
        names=stored.Index(file["names"]),
        linear=Scaled(file["linear"], file["linear_scale"]),
        inner=inner,
        spread=file["spread"].reshape(inner.width, -1),
        bias=file["bias"],
        output=file["output"],
        transitions=file["transitions"],
        echo=file["echo"],
        second_transitions=file["second_transitions"],
        clusters=stored.Classes(file["class_words"], file["class_codes"], classes),
        links=frozenset(stored.lines_of(file["links"])),
        cores=frozenset(stored.lines_of(file["cores"])),
        meta=json.loads(file["meta"].tobytes()),
    )


class Rows:
    """Rows of weights for codes: `table[row, place]` is (L + H,), scores then hidden."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._spread = Exact(weights.spread)

    def compute(self, found: Sequence[Sequence[str]]) -> Floats:
        """Rows for lists of attributes, (len(found), 5, L + H)."""
        w = self.weights
        owner = np.repeat(np.arange(len(found)), np.fromiter(map(len, found), np.int64, len(found)))
        flat = w.names.find(name for names in found for name in names)
        known = flat >= 0
        flat, sizes = flat[known], np.bincount(owner[known], minlength=len(found))
        linear = _sums(w.linear, flat, sizes).reshape(len(found), len(WINDOW), -1)
        inner = _sums(w.inner, flat, sizes)
        hidden = self._spread.product(inner).reshape(len(found), len(WINDOW), -1)
        return np.concatenate((linear, hidden), 2)


def _sums(values: Scaled, flat: Ints, sizes: Ints) -> Floats:
    """Row i is the sum of `values` at the next `sizes[i]` numbers of `flat`."""
    total = np.zeros((len(sizes), values.width), np.float32)
    filled = sizes > 0
    starts = (np.cumsum(sizes) - sizes)[filled]
    if len(starts):
        total[filled] = np.add.reduceat(values.rows(flat), starts, 0)
    return total


class Model:
    """Scores tokens; keeps the rows of at most `cached` words."""

    def __init__(self, weights: Weights, known: Sequence[str], cached: int = CACHED_WORDS) -> None:
        self.weights = weights
        self.rows = Rows(weights)
        self.pads = {
            stream: self.rows.compute([self._attributes(stream, code) for code in (BEGIN, END)])
            for stream in OFFSETS
        }
        self.fixed = {
            stream: np.concatenate(
                (self.rows.compute([code_attributes(stream, c) for c in codes]), self.pads[stream])
            )
            for stream, codes in (("known", known), ("case", CASE_VOCABULARY))
        }
        width = len(LABELS) + len(weights.bias)
        self.start = np.concatenate((np.zeros(len(LABELS), np.float32), weights.bias))
        for stream, table in self.fixed.items():
            for offset in OFFSETS[stream]:
                self.start += table[0, WINDOW.index(offset)]
            np.subtract(table, table[:1].copy(), out=table)
        self.output, self.unit = whole(weights.output)
        self.offsets = tuple(np.array(places, np.int64) for places in OFFSETS.values())
        self.cached = cached
        self.index: dict[str, int] = {}
        self.table = np.empty((cached + 2, len(WINDOW), width), np.float32)
        self.table[cached:] = self.pads["word"]

    def _attributes(self, stream: str, code: str) -> list[str]:
        if stream == "word":
            return attributes(code, self.weights.clusters)
        return code_attributes(stream, code)

    def word_rows(self, words: Sequence[str]) -> tuple[Ints, Floats]:
        """The rows of distinct words and the table that has them, pads last."""
        if len(words) > self.cached:
            table = self.rows.compute([attributes(w, self.weights.clusters) for w in words])
            return np.arange(len(words)), np.concatenate((table, self.pads["word"]))
        new = [word for word in words if word not in self.index]
        if len(self.index) + len(new) > self.cached:
            self.index.clear()
            new = list(words)
        if new:
            start = len(self.index)
            found = [attributes(word, self.weights.clusters) for word in new]
            self.table[start : start + len(new)] = self.rows.compute(found)
            self.index.update(zip(new, range(start, start + len(new)), strict=True))
        rows = np.fromiter(map(self.index.__getitem__, words), np.int64, len(words))
        return rows, self.table

    def scores(self, tokens: TokenBatch, zones: Zones, codes: Mapping[str, IntArray]) -> Floats:
        """Scores of the zone tokens (n, L); `codes` are the other streams' per token (N,)."""
        from streams.stages.entities.chain_loops import score  # noqa: PLC0415 - the compiler

        some = np.flatnonzero(zones.used)
        rows, table = self.word_rows([tokens.vocabulary[i] for i in some.tolist()])
        row = np.zeros(len(tokens.vocabulary), np.int32)
        row[some] = rows
        streams = {"word": row[tokens.ids], **codes}
        return score(
            (zones.token, zones.first, zones.length, zones.low, zones.high),
            tuple(streams[stream] for stream in OFFSETS),
            tuple(table if stream == "word" else self.fixed[stream] for stream in OFFSETS),
            self.offsets,
            (self.start, self.output, self.unit),
        )


def whole(matrix: Floats | Doubles) -> tuple[Doubles, float]:
    """`matrix` as `Exact` has it, its rows padded with zeros for the loops; and its scale."""
    exact = Exact(matrix)
    result = np.zeros((len(matrix), -(-matrix.shape[1] // LANES) * LANES))
    result[:, : matrix.shape[1]] = exact.right
    return result, exact.scale
