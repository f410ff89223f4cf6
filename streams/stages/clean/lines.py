"""The lines of a batch of texts as flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from streams.stages.clean import characters as ch

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass
class Lines:
    """The L lines with words of D texts: line l of text d has `doc[d] <= l < doc[d + 1]`.

    `start`, `end` (L,) are code points in the texts joined by line feeds, without the white
    space around; `number` (L,) is the line's number in its text; `kind` the joined text's classes.
    """

    joined: str
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
    kind = ch.classes(joined)
    breaks = np.flatnonzero(kind == ch.BREAK)
    start = np.concatenate(([0], breaks + 1))
    end = np.append(breaks, len(joined))
    solid = np.flatnonzero((kind != ch.SPACE) & (kind != ch.BREAK))
    first, after = np.searchsorted(solid, start), np.searchsorted(solid, end)
    kept = np.flatnonzero(first < after)
    sizes = np.fromiter((text.count("\n") + 1 for text in texts), np.int64, len(texts))
    bounds = np.concatenate(([0], np.cumsum(sizes)))
    return Lines(
        joined=joined,
        kind=kind,
        start=solid[first[kept]],
        end=solid[after[kept] - 1] + 1,
        number=kept - np.repeat(bounds[:-1], sizes)[kept],
        doc=np.searchsorted(kept, bounds),
    )
