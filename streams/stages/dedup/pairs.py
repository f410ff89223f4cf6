"""What two articles share, from their word codes: aligned blocks, gaps, containment, endings.

All pairs of a batch are aligned together in flat arrays. A block is a longest run of codes that
follow each other in both texts, of at least `RUN` codes; a run that occurs more than once counts
at its first place only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.dedup.scan import NUMBER_CODES

RUN = 3
ENDING = 40
BEGINNING = 20
MAX_PAIRS = 8_192

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

_PLACE_BITS = np.uint64(24)
_PLACE = np.uint64((1 << 24) - 1)


@dataclass(slots=True, frozen=True)
class Side:
    """One article of a pair: its codes, the highest code kept, and its words."""

    codes: NDArray[np.uint8]
    highest: int
    words: int


@dataclass(slots=True)
class Texts:
    """One side of all pairs: codes (N,) end to end, the pair (N,) of each, lengths (P,)."""

    codes: NDArray[np.uint8]
    pair: I64
    length: I64

    @property
    def pairs(self) -> int:
        """How many pairs."""
        return len(self.length)


@dataclass(slots=True)
class Blocks:
    """The aligned blocks (B,), ordered by pair and place in the short text.

    `short` and `long` are the places of their first codes, `size` their number of codes.
    """

    pair: I64
    short: I64
    long: I64
    size: I64


@dataclass(slots=True)
class Features:
    """Measures of each pair (P,). The short text is the one with fewer words.

    `in_long`, `in_short`: share of the short (long) text's codes that lie in blocks. `words`: about
    how many words the blocks hold; `longest`: the longest block's. `replaced`: gaps between blocks
    with other words on both sides, or out of order. `short_ending`, `long_ending`: covered share of
    the last `ENDING` codes. `beginning`: that of the first `BEGINNING` codes, in the text where it
    is larger. `codes`: codes of the short text. `other_numbers`: its numbers outside of
    blocks; `numbers`: all its numbers.
    """

    in_long: F64
    in_short: F64
    words: F64
    longest: F64
    replaced: F64
    short_ending: F64
    long_ending: F64
    beginning: F64
    codes: F64
    numbers: F64
    other_numbers: F64


def features(pairs: Sequence[tuple[Side, Side]]) -> Features:
    """The measures of at most `MAX_PAIRS` pairs, whichever way round each stands."""
    ordered = [(a, b) if a.words <= b.words else (b, a) for a, b in pairs]
    short, long = _texts(ordered, 0), _texts(ordered, 1)
    blocks = align(short, long)
    in_short = _covered(blocks.short, blocks.size, len(short.codes))
    in_long = _covered(blocks.long, blocks.size, len(long.codes))
    per_code = _words_per_code(ordered, short)
    first, last = _gaps(blocks)
    replaced = (first > 0) & (last != 0)
    return Features(
        in_long=_share(in_short, short),
        in_short=_share(in_long, long),
        words=_count(in_short, short) * per_code,
        longest=_longest(blocks, short.pairs) * per_code,
        replaced=_per_pair(blocks.pair[1:], replaced, short.pairs),
        short_ending=_ending(in_short, short),
        long_ending=_ending(in_long, long),
        codes=short.length.astype(np.float64),
        numbers=_count(short.codes < NUMBER_CODES, short),
        other_numbers=_count(~in_short & (short.codes < NUMBER_CODES), short),
        beginning=np.maximum(_beginning(in_short, short), _beginning(in_long, long)),
    )


def align(short: Texts, long: Texts) -> Blocks:
    """The blocks that each pair shares."""
    mine, theirs = _first_runs(short), _first_runs(long)
    runs = theirs >> _PLACE_BITS
    at = np.searchsorted(runs, mine >> _PLACE_BITS)
    at[at == len(runs)] = 0
    found = runs[at] == mine >> _PLACE_BITS if len(runs) else np.zeros(len(mine), np.bool_)
    place = (mine[found] & _PLACE).astype(np.int64)
    other = (theirs[at[found]] & _PLACE).astype(np.int64)
    order = np.argsort(place)
    return _blocks(place[order], other[order], short.pair)


def _texts(pairs: list[tuple[Side, Side]], side: int) -> Texts:
    codes = []
    for pair in pairs:
        limit = min(pair[0].highest, pair[1].highest)
        own = pair[side]
        codes.append(own.codes if own.highest <= limit else own.codes[own.codes <= limit])
    length = np.array([len(c) for c in codes], np.int64)
    flat = np.concatenate(codes) if codes else np.zeros(0, np.uint8)
    return Texts(flat, np.repeat(np.arange(len(codes)), length), length)


def _first_runs(texts: Texts) -> NDArray[np.uint64]:
    """Sorted (pair, run, place) packed in 64 bits, each run of a pair at its first place only."""
    codes, pair = texts.codes.astype(np.uint64), texts.pair.astype(np.uint64)
    if len(codes) < RUN:
        return codes[:0]
    run = (codes[:-2] << np.uint64(16)) | (codes[1:-1] << np.uint64(8)) | codes[2:]
    place = np.arange(len(run), dtype=np.uint64)
    packed = (((pair[:-2] << np.uint64(24)) | run) << _PLACE_BITS) | place
    packed = np.sort(packed[pair[:-2] == pair[2:]])
    first = np.ones(len(packed), np.bool_)
    first[1:] = packed[1:] >> _PLACE_BITS != packed[:-1] >> _PLACE_BITS
    return packed[first]


def _blocks(place: I64, other: I64, pair_of: I64) -> Blocks:
    if not len(place):
        return Blocks(place, place, place, place)
    pair = pair_of[place]
    starts = np.ones(len(place), np.bool_)
    starts[1:] = (np.diff(place) != 1) | (np.diff(other) != 1) | (np.diff(pair) != 0)
    at = np.flatnonzero(starts)
    size = np.diff(np.append(at, len(place))) + RUN - 1
    return Blocks(pair[at], place[at], other[at], size)


def _gaps(blocks: Blocks) -> tuple[I64, I64]:
    """Codes between each block and the next of its pair, in the short and the long text.

    Between pairs both are 0; negative where blocks overlap or stand out of order.
    """
    same = blocks.pair[1:] == blocks.pair[:-1]
    short = np.where(same, blocks.short[1:] - blocks.short[:-1] - blocks.size[:-1], 0)
    long = np.where(same, blocks.long[1:] - blocks.long[:-1] - blocks.size[:-1], 0)
    return short, long


def _covered(start: I64, size: I64, length: int) -> Mask:
    opens = np.bincount(start, minlength=length + 1)
    closes = np.bincount(start + size, minlength=length + 1)
    return np.cumsum(opens - closes)[:length] > 0


def _words_per_code(pairs: list[tuple[Side, Side]], short: Texts) -> F64:
    words = np.array([a.words for a, _ in pairs], np.float64)
    return words / np.maximum(short.length, 1)


def _per_pair(pair: I64, mask: Mask, pairs: int) -> F64:
    return np.bincount(pair[mask], minlength=pairs).astype(np.float64)


def _count(mask: Mask, texts: Texts) -> F64:
    return _per_pair(texts.pair, mask, texts.pairs)


def _share(mask: Mask, texts: Texts) -> F64:
    return _count(mask, texts) / np.maximum(texts.length, 1)


def _longest(blocks: Blocks, pairs: int) -> F64:
    longest = np.zeros(pairs, np.int64)
    np.maximum.at(longest, blocks.pair, blocks.size)
    return longest.astype(np.float64)


def _beginning(covered: Mask, texts: Texts) -> F64:
    start = np.cumsum(texts.length) - texts.length
    near = np.arange(len(texts.codes)) - np.repeat(start, texts.length) < BEGINNING
    return _count(covered & near, texts) / np.maximum(np.minimum(texts.length, BEGINNING), 1)


def _ending(covered: Mask, texts: Texts) -> F64:
    end = np.cumsum(texts.length)
    near = np.repeat(end, texts.length) - np.arange(len(texts.codes)) <= ENDING
    return _count(covered & near, texts) / np.maximum(np.minimum(texts.length, ENDING), 1)
