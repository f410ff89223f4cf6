"""The attributes of every code seen in training, as one sparse matrix."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from streams.stages.entities.features import (
    BEGIN,
    END,
    VECTOR,
    anonymous,
    attributes,
    code_attributes,
)

Ints = NDArray[np.int64]


class Space:
    """Rows are codes of a stream (a word form, a gazetteer code ...), columns attributes.

    The row after a word's own is what would be known of it if it had never been seen.
    """

    def __init__(
        self, clusters: Mapping[str, tuple[str, ...]], vectors: Mapping[str, NDArray[np.float32]]
    ) -> None:
        self.clusters = clusters
        self.vectors = vectors
        self.lists: list[list[str]] = []
        self.row_of: dict[tuple[str, str], int] = {}
        self.hidden: list[bool] = []
        self.names: list[str] = []
        self.pads = {stream: self._pads(stream) for stream in ("word", "known", "case")}

    def _pads(self, stream: str) -> tuple[int, int]:
        before, after = self.rows(stream, [BEGIN, END]).tolist()
        return before, after

    def rows(self, stream: str, codes: Iterable[str]) -> Ints:
        """The row of every code, made on first sight."""
        return np.array([self._row(stream, code) for code in codes], np.int64)

    def _row(self, stream: str, code: str) -> int:
        key = (stream, code)
        if key not in self.row_of:
            self.row_of[key] = len(self.lists)
            if stream == "word":
                found = attributes(code, self.clusters)
                self.lists += [found, anonymous(found)]
                self.hidden += [code not in {BEGIN, END}, False]
            else:
                self.lists.append(code_attributes(stream, code))
                self.hidden.append(False)
        return self.row_of[key]

    def freeze(self, seen: Mapping[int, int], cut: int) -> sp.csr_matrix:
        """The matrix with the attributes seen at least `cut` times; `seen` counts rows."""
        counts: Counter[str] = Counter()
        for row, times in seen.items():
            for name in self.lists[row]:
                counts[name] += times
        often = {n for n, times in counts.items() if times >= cut and not n.startswith(VECTOR)}
        self.names = sorted(often | {VECTOR + word for word in self.vectors})
        return self.matrix()

    def matrix(self) -> sp.csr_matrix:
        """All rows made up to now over the frozen attributes."""
        column = {name: number for number, name in enumerate(self.names)}
        indices: list[int] = []
        bounds = [0]
        for found in self.lists:
            indices += [column[name] for name in found if name in column]
            bounds.append(len(indices))
        ones = np.ones(len(indices), np.float32)
        return sp.csr_matrix((ones, indices, bounds), shape=(len(self.lists), len(self.names)))
