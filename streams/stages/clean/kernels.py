"""The clean stage's loops over code points and trees, in machine code (`streams.compiled`)."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.clean import characters as ch

Ints = NDArray[np.int64]
CLASSES = 13
_HASHED = 100
_NONE = 0
_MIX = 0x9E3779B97F4A7C15
_UPPER, _LOWER, _LETTER, _IDEOGRAPH, _DIGIT = ch.UPPER, ch.LOWER, ch.LETTER, ch.IDEOGRAPH, ch.DIGIT
_SPACE, _BREAK, _END, _CLOSE, _COMMA = ch.SPACE, ch.BREAK, ch.END, ch.CLOSE, ch.COMMA
_SIGN, _QUOTE = ch.SIGN, ch.QUOTE


class Trie(NamedTuple):
    """Phrases as a tree of S states over A letters.

    `letters` (65536,) maps a code point to its letter, 0 for none; `child` (S, A) is the next
    state, 0 for none; `kind` (S,) is the kind of the phrase that ends there, -1 for none.
    """

    letters: NDArray[np.uint8]
    child: NDArray[np.int16]
    kind: NDArray[np.int8]


def _classify(codes: NDArray[np.uint32], table: NDArray[np.uint8], kind: NDArray[np.uint8]) -> None:
    """Fill in each code point's class; the table's last is that of those beyond it."""
    last = len(table) - 1
    for at in range(len(codes)):
        kind[at] = table[min(codes[at], last)]


def _bounds(
    kind: NDArray[np.uint8], ends: Ints, start: Ints, end: Ints, number: Ints, doc: Ints
) -> int:
    """Fill in the lines with words and, per text, the first; return how many lines there are."""
    found = at = 0
    for text in range(len(ends)):
        doc[text] = found
        line, stop = 0, ends[text]
        while at <= stop:
            first = at
            while at < stop and kind[at] != _BREAK:
                at += 1
            last = at
            while first < last and kind[first] == _SPACE:
                first += 1
            while first < last and kind[last - 1] == _SPACE:
                last -= 1
            if first < last:
                start[found], end[found], number[found] = first, last, line
                found += 1
            line += 1
            at += 1
    doc[len(ends)] = found
    return found


def _count(
    codes: NDArray[np.uint32],
    kind: NDArray[np.uint8],
    start: Ints,
    end: Ints,
    counts: Ints,
    keys: NDArray[np.uint64],
) -> None:
    """Fill in `counts` (L, 2 * CLASSES) and a hash (L,) of each line's length and first characters.

    Column c counts characters of class c, column CLASSES + c words that begin with one.
    """
    for line in range(len(start)):
        first, stop = start[line], end[line]
        before = _SPACE
        for at in range(first, stop):
            now = kind[at]
            counts[line, now] += 1
            if _UPPER <= now <= _DIGIT and not _UPPER <= before <= _DIGIT:
                counts[line, CLASSES + now] += 1
            before = now
        key = np.uint64(stop - first)
        for at in range(first, min(stop, first + _HASHED)):
            key = (key ^ np.uint64(codes[at])) * np.uint64(_MIX)
            key ^= key >> np.uint64(29)
        keys[line] = key


def _say(  # noqa: PLR0913, PLR0917 - machine code takes arrays, no objects
    codes: NDArray[np.uint32],
    kind: NDArray[np.uint8],
    start: Ints,
    end: Ints,
    letters: NDArray[np.uint8],
    child: NDArray[np.int16],
    kind_of: NDArray[np.int8],
    said: Ints,
    leads: NDArray[np.int8],
) -> None:
    """Fill in how many characters of each line are phrases of each kind (L, K).

    `leads` (L,) gets the kind of the phrase that the line begins with, -1 for none. The longest
    phrase that is whole words counts; scripts without spaces between words need no whole words.
    """
    for line in range(len(start)):
        at, stop = start[line], end[line]
        leads[line] = -1
        while at < stop:
            now = kind[at]
            loose = now in (_IDEOGRAPH, _LETTER)
            word = _UPPER <= now <= _DIGIT
            longest = -1
            if loose or not word or at == start[line] or not _UPPER <= kind[at - 1] <= _DIGIT:
                state = 0
                ahead = at
                while ahead < stop:
                    code = codes[ahead]
                    letter = letters[code] if code < 65536 else 0  # noqa: PLR2004 - the basic plane
                    if letter == _NONE:
                        break
                    state = child[state, letter]
                    if state == 0:
                        break
                    ahead += 1
                    if kind_of[state] >= 0 and (
                        loose
                        or ahead == stop
                        or not _UPPER <= kind[ahead] <= _DIGIT
                        or not _UPPER <= kind[ahead - 1] <= _DIGIT
                    ):
                        longest = ahead
                        what = kind_of[state]
            if longest < 0:
                at += 1
                continue
            said[line, what] += longest - at
            if at == start[line]:
                leads[line] = what
            at = longest


def _climb(
    columns: NDArray[np.float32],
    feature: NDArray[np.int16],
    threshold: NDArray[np.float32],
    leaf: NDArray[np.float32],
    total: NDArray[np.float32],
) -> None:
    """Add one leaf of each tree to `total` (L,), for the lines of `columns` (F, L)."""
    inner = feature.shape[1]
    for tree in range(len(feature)):
        for line in range(len(total)):
            node = 0
            while node < inner:
                above = columns[feature[tree, node], line] > threshold[tree, node]
                node = 2 * node + 1 + above
            total[line] += leaf[tree, node - inner]


class Kernels(NamedTuple):
    """The functions above as machine code."""

    classify: Callable[..., None]
    bounds: Callable[..., int]
    measure: Callable[..., None]
    say: Callable[..., None]
    climb: Callable[..., None]


@cache
def kernels() -> Kernels:
    """Compiled by the first text, not by the import."""
    return Kernels(
        compiled(_classify), compiled(_bounds), compiled(_count), compiled(_say), compiled(_climb)
    )
