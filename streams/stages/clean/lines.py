"""The lines of a batch of texts as flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from streams.stages.clean import characters as ch
from streams.stages.clean.kernels import kernels

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass
class Lines:
    """The L lines with words of D texts: line l of text d has `doc[d] <= l < doc[d + 1]`.

    `start`, `end` (L,) are code points in the texts joined by line feeds, without the white
    space around; `number` (L,) is the line's number in its text; `codes` and `kind` (N,) are the
    joined text's code points and their classes.
    """

    joined: str
    codes: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    start: Ints
    end: Ints
    number: Ints
    doc: Ints

    @cached_property
    def text_of(self) -> Ints:
        """Shape (L,): which text each line is of."""
        return np.repeat(np.arange(len(self.doc) - 1), np.diff(self.doc))

    @cached_property
    def first(self) -> Ints:
        """Shape (L,): the first line of each line's text."""
        return self.doc[self.text_of]

    @cached_property
    def after(self) -> Ints:
        """Shape (L,): the line after the last of each line's text."""
        return self.doc[self.text_of + 1]

    def content(self, line: int) -> str:
        """The words of one line."""
        return self.joined[self.start[line] : self.end[line]]


def split(texts: Sequence[str]) -> Lines:
    """The lines of a batch of texts, white space stripped, blank ones left out."""
    joined = "\n".join(texts)
    codes = ch.code_points(joined)
    kind = np.empty(len(codes), np.uint8)
    kernels().classify(codes, ch.class_table(), kind)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts))) + np.arange(len(texts))
    most = joined.count("\n") + 1
    start, end, number = np.empty((3, most), np.int64)
    doc = np.empty(len(texts) + 1, np.int64)
    found = kernels().bounds(kind, ends, start, end, number, doc)
    return Lines(joined, codes, kind, start[:found], end[:found], number[:found], doc)
