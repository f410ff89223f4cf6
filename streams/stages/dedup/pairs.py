"""What two articles share, from their word codes: aligned blocks, gaps, containment, endings.

A block is a longest run of codes that follow each other in both texts, of at least `RUN` codes; a
run that occurs more than once counts at its first place only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.dedup.scan import NUMBER_CODES

RUN = 3
ENDING = 40
BEGINNING = 20

FEATURES = (
    "in_long",
    "in_short",
    "words",
    "longest",
    "replaced",
    "short_ending",
    "long_ending",
    "beginning",
    "codes",
    "numbers",
    "other_numbers",
    "blocks",
    "in_later",
)
"""Measures of a pair, in the order of their columns. The short text is the one with fewer words.

`in_long`, `in_short`: share of the short (long) text's codes that lie in blocks. `words`: about how
many words the blocks hold; `longest`: the longest block's. `replaced`: gaps between blocks with
other words on both sides, or out of order. `short_ending`, `long_ending`: covered share of the last
`ENDING` codes. `beginning`: that of the first `BEGINNING` codes, in the text where it is larger.
`codes`: codes of the short text. `other_numbers`: its numbers outside of blocks; `numbers`: all its
numbers. `blocks`: how many blocks. `in_later`: the share of the later text, whichever is short.
"""
(
    IN_LONG,
    IN_SHORT,
    WORDS,
    LONGEST,
    REPLACED,
    SHORT_ENDING,
    LONG_ENDING,
    BEGINNING_SHARED,
    CODES,
    NUMBERS,
    OTHER_NUMBERS,
    BLOCKS,
    IN_LATER,
) = range(len(FEATURES))

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Text = tuple[U8, int, int]
"""One article of a pair: its codes, the highest code kept, its words."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(slots=True, frozen=True)
class Side:
    """One article of a pair: its codes, the highest code kept, and its words."""

    codes: U8
    highest: int
    words: int


def features(pairs: Sequence[tuple[Side, Side]]) -> F64:
    """The measures (P, len(FEATURES)) of pairs, of each the earlier article first."""
    found = np.empty((len(pairs), len(FEATURES)))
    for row, (earlier, later) in zip(found, pairs, strict=True):
        row[:] = measured(_text(earlier), _text(later))
    return found


def _text(side: Side) -> Text:
    return np.array(side.codes, np.uint8), side.highest, side.words


@compiled
def measured(earlier: Text, later: Text) -> F64:
    """The measures (len(FEATURES),) of one pair."""
    grew = earlier[2] <= later[2]
    first, second = (earlier, later) if grew else (later, earlier)
    limit = min(first[1], second[1])
    short, long = _up_to(first[0], limit), _up_to(second[0], limit)
    in_short, in_long = np.zeros(len(short), np.bool_), np.zeros(len(long), np.bool_)
    longest, replaced, blocks = _align(short, long, in_short, in_long)
    per_code = first[2] / max(len(short), 1)
    found = np.empty(len(FEATURES))
    found[IN_LONG] = in_short.sum() / max(len(short), 1)
    found[IN_SHORT] = in_long.sum() / max(len(long), 1)
    found[WORDS] = in_short.sum() * per_code
    found[LONGEST] = longest * per_code
    found[REPLACED] = replaced
    found[SHORT_ENDING] = _share(in_short[max(len(short) - ENDING, 0) :])
    found[LONG_ENDING] = _share(in_long[max(len(long) - ENDING, 0) :])
    found[BEGINNING_SHARED] = max(_share(in_short[:BEGINNING]), _share(in_long[:BEGINNING]))
    found[CODES] = len(short)
    found[NUMBERS] = (short < NUMBER_CODES).sum()
    found[OTHER_NUMBERS] = ((short < NUMBER_CODES) & ~in_short).sum()
    found[BLOCKS] = blocks
    found[IN_LATER] = found[IN_SHORT] if grew else found[IN_LONG]
    return found


@compiled
def _up_to(codes: U8, limit: int) -> U8:
    """The codes up to `limit`, in order."""
    kept, count = np.empty(len(codes), np.uint8), 0
    for code in codes:
        kept[count] = code
        count += code <= limit
    return kept[:count]


@compiled
def _share(covered: Mask) -> float:
    return float(covered.sum() / max(len(covered), 1))


@compiled
def _run(codes: U8, at: int) -> int:
    """The run at a place as a number above 0."""
    run = (np.int64(codes[at]) << 16) | (np.int64(codes[at + 1]) << 8) | np.int64(codes[at + 2])
    return int(run) + 1


@compiled
def _slot(table: I64, run: int) -> int:
    """Where `run` is in the table, or the free slot where it belongs."""
    bits = np.uint64(64 - int(np.log2(len(table))))
    at = int(np.int64((np.uint64(run) * _SPREAD) >> bits))
    while table[at] not in (0, run):
        at = (at + 1) & (len(table) - 1)
    return at


@compiled
def _align(short: U8, long: U8, in_short: Mask, in_long: Mask) -> tuple[int, int, int]:
    """Mark what lies in blocks; the longest one's size, the gaps with other words, the blocks.

    Between blocks of a short text in order: other words on both sides, or a block that stands out
    of order in the long one.
    """
    slots = 8
    while slots < 2 * len(long):
        slots *= 2
    table, place = np.zeros(slots, np.int64), np.empty(slots, np.int64)
    for at in range(len(long) - RUN + 1):
        run = _run(long, at)
        slot = _slot(table, run)
        if table[slot] == 0:
            table[slot], place[slot] = run, at
    longest, replaced, blocks, size, before, other_before = 0, 0, 0, 0, -1, -1
    for at in range(len(short) - RUN + 1):
        slot = _slot(table, _run(short, at))
        if table[slot] == 0 or place[slot] < 0:
            continue
        other, place[slot] = place[slot], -1
        in_short[at : at + RUN] = True
        in_long[other : other + RUN] = True
        if before >= 0 and at == before + 1 and other == other_before + 1:
            size += 1
        else:
            replaced += before >= 0 and at > before + RUN and other != other_before + RUN
            size, blocks = RUN, blocks + 1
        longest, before, other_before = max(longest, size), at, other
    return longest, replaced, blocks
