"""The trained tagger: loads its file and scores the tokens of zones.

A word's row is the sum of its attributes' weights at every place of the window; rows are cached
by word form, bounded. Dense products are exact sums, so that a token gets the same bits in any
batch.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.crf import product
from streams.stages.entities.encode import CASE_VOCABULARY, OFFSETS, WINDOW
from streams.stages.entities.features import BEGIN, END, attributes, code_attributes
from streams.stages.entities.labels import LABELS

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
CACHED_WORDS = 16_384
CHUNK = 1024
"""Tokens scored at a time, so that their sums stay in the processor's cache."""


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

    names: Mapping[str, int]
    linear: Scaled  # (A, 5 * L)
    inner: Scaled  # (A, d)
    spread: Floats  # (d, 5 * H)
    bias: Floats  # (H,)
    output: Floats  # (H, L)
    transitions: Floats  # (L, L)
    echo: Floats  # (3, L, L), the second pass
    second_transitions: Floats  # (L, L)
    clusters: Mapping[str, tuple[str, ...]]
    links: frozenset[str]
    cores: frozenset[str]
    meta: Mapping[str, Any]


def _lines(packed: NDArray[np.uint8]) -> list[str]:
    text = packed.tobytes().decode()
    return text.split("\n") if text else []


def load_weights(path: Path) -> Weights:
    """The weights in the file that `newswire train entities` wrote."""
    with np.load(path, allow_pickle=False) as file:
        inner = Scaled(file["inner"], file["inner_scale"])
        clusters = (line.split("\t") for line in _lines(file["clusters"]))
        return Weights(
            names={name: number for number, name in enumerate(_lines(file["names"]))},
            linear=Scaled(file["linear"], file["linear_scale"]),
            inner=inner,
            spread=file["spread"].reshape(inner.width, -1),
            bias=file["bias"],
            output=file["output"],
            transitions=file["transitions"],
            echo=file["echo"],
            second_transitions=file["second_transitions"],
            clusters={word: tuple(classes) for word, *classes in clusters},
            links=frozenset(_lines(file["links"])),
            cores=frozenset(_lines(file["cores"])),
            meta=json.loads(file["meta"].tobytes()),
        )


class Rows:
    """Rows of weights for codes: `table[place, row]` is (L + H,), scores then hidden."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def compute(self, found: Sequence[Sequence[str]]) -> Floats:
        """Rows for lists of attributes, (5, len(found), L + H)."""
        w = self.weights
        numbers = [[w.names[a] for a in names if a in w.names] for names in found]
        sizes = np.fromiter(map(len, numbers), np.int64, len(numbers))
        flat = np.array([n for some in numbers for n in some], np.int64)
        linear = _sums(w.linear, flat, sizes).reshape(len(found), len(WINDOW), -1)
        inner = _sums(w.inner, flat, sizes)
        hidden = product(inner, w.spread).reshape(len(found), len(WINDOW), -1)
        return np.ascontiguousarray(np.concatenate((linear, hidden), 2).transpose(1, 0, 2))


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
                (self.rows.compute([code_attributes(stream, c) for c in codes]), self.pads[stream]),
                1,
            )
            for stream, codes in (("known", known), ("case", CASE_VOCABULARY))
        }
        width = len(LABELS) + len(weights.bias)
        self.start = np.concatenate((np.zeros(len(LABELS), np.float32), weights.bias))
        for stream, table in self.fixed.items():
            for offset in OFFSETS[stream]:
                self.start += table[WINDOW.index(offset), 0]
            np.subtract(table, table[:, :1].copy(), out=table)
        self.cached = cached
        self.index: dict[str, int] = {}
        self.table = np.empty((len(WINDOW), cached + 2, width), np.float32)
        self.table[:, cached:] = self.pads["word"]

    def _attributes(self, stream: str, code: str) -> list[str]:
        if stream == "word":
            return attributes(code, self.weights.clusters)
        return code_attributes(stream, code)

    def word_rows(self, words: Sequence[str]) -> Ints | None:
        """The rows of distinct words in `table`; None if the cache cannot hold them all."""
        if len(words) > self.cached:
            return None
        new = [word for word in words if word not in self.index]
        if len(self.index) + len(new) > self.cached:
            self.index.clear()
            new = list(words)
        if new:
            start = len(self.index)
            found = [attributes(word, self.weights.clusters) for word in new]
            self.table[:, start : start + len(new)] = self.rows.compute(found)
            self.index.update(zip(new, range(start, start + len(new)), strict=True))
        return np.fromiter(map(self.index.__getitem__, words), np.int64, len(words))

    def scores(self, words: Sequence[str], slots: Mapping[str, Mapping[int, Ints]]) -> Floats:
        """Scores (n, L) from `slots[stream][offset]` (n,).

        Word ids point into `words`, then the pads before and after; the fixed streams' into their
        vocabulary, then the pads.
        """
        rows = self.word_rows(words)
        table = self.table
        if rows is None:
            table = self.rows.compute([attributes(w, self.weights.clusters) for w in words])
            table = np.concatenate((table, self.pads["word"]), 1)
            rows = np.arange(len(words))
        rows = np.concatenate((rows, [table.shape[1] - 2, table.shape[1] - 1]))
        size = len(next(iter(slots["word"].values())))
        result = np.empty((size, len(LABELS)), np.float32)
        for low in range(0, size, CHUNK):
            part = slice(low, min(low + CHUNK, size))
            total = np.tile(self.start, (part.stop - low, 1))
            for stream, places in slots.items():
                for offset, ids in places.items():
                    place = WINDOW.index(offset)
                    if stream == "word":
                        total += table[place].take(rows[ids[part]], 0, mode="clip")
                    else:
                        _add_rare(total, self.fixed[stream][place], ids[part])
            result[part] = self._output(total)
        return result

    def _output(self, total: Floats) -> Floats:
        labels = len(LABELS)
        scores: Floats = total[:, :labels] + product(
            np.maximum(total[:, labels:], 0), self.weights.output
        )
        return scores


def _add_rare(total: Floats, table: Floats, ids: Ints) -> None:
    """Add the rows of `table`, whose row 0 is zero and by far the commonest."""
    some = np.flatnonzero(ids)
    if len(some) * 2 > len(ids):
        total += table.take(ids, 0, mode="clip")
    else:
        total[some] += table.take(ids[some], 0, mode="clip")
