"""One pass over a text in machine code: its words, and where phrases may stand.

Phrases and their beginnings are marked by hash in an array of cells, each key in two cells (a
Bloom filter: B. H. Bloom, CACM 13(7), 1970). The pass finds every phrase that is there and, now
and then, one that is not: whoever asks looks the words up. The hash is FNV-1a over code points,
so that of a longer key goes on from that of its beginning.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.routes.words import ALONE, BLANK, WORD, Words, char_kinds, fold

WHOLE, GOES_ON = 1, 2
ENDS_BEGINNING, ENDS_WHOLE = "\x1c", "\x1d"
"""Written after each key to mark; white space, so in no key."""
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_SPREAD, _HIGH, _MIDDLE = np.uint64(0x9E3779B97F4A7C15), np.uint64(32), np.uint64(29)
_SPACE = np.uint64(ord(" "))

Codes = NDArray[np.uint32]
Cells = NDArray[np.uint8]
Places = NDArray[np.int32]


def codes_of(text: str) -> Codes:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def scanned(text: str, cells: Cells) -> tuple[Words, list[list[int]]]:
    """The words of a text, and where phrases may stand, in order: first word, last word, from, to.

    The last two are code points, `to` exclusive.
    """
    folded = fold(text)
    codes = codes_of(folded)
    bounds = np.empty((2, len(codes) + 1), np.int32)
    places = np.empty((len(codes) // 4 + 16, 4), np.int32)
    words, found = _pass(codes, char_kinds(), cells, bounds, places)
    if found > len(places):
        places = np.empty((found, 4), np.int32)
        words, found = _pass(codes, char_kinds(), cells, bounds, places)
    return Words(text, folded, *bounds[:, :words]), places[:found].tolist()


def mark(keys: str, cells: Cells) -> None:
    """Mark keys, each with its sign after it, in the cells."""
    _machine()[1](codes_of(keys), cells)


def _pass(
    codes: Codes, kinds: Cells, cells: Cells, bounds: Places, places: Places
) -> tuple[int, int]:
    return _machine()[0](codes, kinds, cells, bounds, places)


@cache
def _machine() -> tuple[
    Callable[[Codes, Cells, Cells, Places, Places], tuple[int, int]],
    Callable[[Codes, Cells], None],
]:
    return compiled(_scan), compiled(_mark)


def _scan(  # noqa: C901 - one loop, compiled as a whole
    codes: Codes, kinds: Cells, cells: Cells, bounds: Places, places: Places
) -> tuple[int, int]:
    """Fills `bounds` (starts, ends of words) and `places`; how many of each there are."""
    hashes = np.empty(bounds.shape[1], np.uint64)
    words, at = 0, 0
    while at < len(codes):
        kind = kinds[codes[at]]
        if kind not in (WORD, ALONE):
            at += 1
            continue
        bounds[0, words] = at
        hashed = (_SEED ^ np.uint64(codes[at])) * _PRIME
        at += 1
        while kind == WORD and at < len(codes) and kinds[codes[at]] == WORD:
            hashed = (hashed ^ np.uint64(codes[at])) * _PRIME
            at += 1
        bounds[1, words] = at
        hashes[words] = hashed
        words += 1
    mask, found = np.uint64(len(cells) - 1), 0
    for first in range(words):
        last, hashed = first, hashes[first]
        while True:
            mixed = (hashed ^ (hashed >> _MIDDLE)) * _SPREAD
            cell = cells[mixed & mask] & cells[(mixed >> _HIGH) & mask]
            if cell & WHOLE:
                if found < len(places):
                    places[found, 0], places[found, 1] = first, last
                    places[found, 2], places[found, 3] = bounds[0, first], bounds[1, last]
                found += 1
            last += 1
            if not cell & GOES_ON or last == words:
                break
            blank = bounds[0, last] > bounds[1, last - 1]
            for gap in range(bounds[1, last - 1], bounds[0, last]):
                blank = blank and kinds[codes[gap]] >= BLANK
            if blank:
                hashed = (hashed ^ _SPACE) * _PRIME
            for place in range(bounds[1, last - 1], bounds[1, last]):
                kind = kinds[codes[place]]
                if kind in (WORD, ALONE) or (kind != BLANK and not blank):
                    hashed = (hashed ^ np.uint64(codes[place])) * _PRIME
    return words, found


def _mark(codes: Codes, cells: Cells) -> None:
    mask, hashed = np.uint64(len(cells) - 1), _SEED
    for code in codes:
        if code in (28, 29):
            mixed = (hashed ^ (hashed >> _MIDDLE)) * _SPREAD
            sign = WHOLE if code == 29 else GOES_ON  # noqa: PLR2004 - ENDS_WHOLE
            cells[mixed & mask] |= sign
            cells[(mixed >> _HIGH) & mask] |= sign
            hashed = _SEED
        else:
            hashed = (hashed ^ np.uint64(code)) * _PRIME
