"""In how many articles of a source each line stands, counted in the order of the log.

A log value may carry the hashes of an article's lines (`clean/repetition.py`). A line is furniture
of the source if enough of the articles before have it. Only unique articles count: the versions
of one story share their lines too. Counts are of this epoch of the log's clock and the one before:
a worker that reads the log from there on counts the same.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.dedup.answers import is_unique
from streams.stages.dedup.scan import read
from streams.stages.dedup.value import Batch, section

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

LINES = 1
"""The tag of the section with the lines."""
MOST_LINES = 12
LEAST_ARTICLES = 5
SHARE = 4
"""At least one of so many articles of the source has a line that is furniture."""
SLOTS = 1 << 18
BUCKET = 8
_HASH_BYTES = 4
_COUNT_BITS = 20
_COUNT = np.uint64((1 << _COUNT_BITS) - 1)
_HALF, _TAG, _ONE = np.uint64(32), np.uint64(_COUNT_BITS), np.uint64(1)
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)


class Counts(NamedTuple):
    """`slots` (2, S) count lines in this epoch and in the one before; `epoch` (1,) is its number.

    Buckets of `BUCKET` slots, in which the least counted line gives way to a new one, of those the
    oldest. A slot is 44 bits of the line's hash over its count.
    """

    slots: U64
    epoch: I64


def no_counts(slots: int = SLOTS) -> Counts:
    """Before the first article; `slots` is a power of two, at least `BUCKET`."""
    return Counts(np.zeros((2, slots), np.uint64), np.zeros(1, np.int64))


def copied(counts: Counts) -> Counts:
    """The counts as they are now."""
    return Counts(counts.slots.copy(), counts.epoch.copy())


@compiled
def note(  # noqa: PLR0913, PLR0917 - flat arrays
    batch: Batch,
    span: tuple[int, int, int, int],
    decided: I64,
    entries: Any,
    answers: U8,
    repeated: U16,
    counts: Counts,
    epoch_ms: int,
) -> None:
    """Of the articles first..last of the batch that are new: see what is furniture, then count.

    `span` is first, last, the number of the next new entry, and that of the first of `entries`.
    Fills in `repeated`, an entry's bits: which of its lines are furniture by the articles before.
    """
    first, last, number, base = span
    for i in range(first, last):
        if decided[i] != number:
            continue
        _advance(counts, batch.arrival[i] // epoch_ms)
        at, size = section(batch, i, LINES)
        lines = size // _HASH_BYTES - 1
        repeated[number - base] = 0
        if 0 < lines <= MOST_LINES:
            repeated[number - base] = _furniture(batch, at, lines, counts)
            if is_unique(answers, entries[number - base].answer_at):
                for line in range(lines + 1):
                    _count(counts.slots[0], _key(batch, at, line))
        number += 1


@compiled
def _advance(counts: Counts, epoch: int) -> None:
    passed = epoch - counts.epoch[0]
    if passed > 0:
        if passed == 1:
            counts.slots[1] = counts.slots[0]
        else:
            counts.slots[1] = 0
        counts.slots[0] = 0
        counts.epoch[0] = epoch


@compiled
def _key(batch: Batch, at: int, line: int) -> np.uint64:
    """A hash of the source and one of its lines, 1 the first; 0: of the source alone."""
    value = read(batch.flat, at, _HASH_BYTES) << _HALF
    if line:
        value |= read(batch.flat, at + _HASH_BYTES * line, _HASH_BYTES)
    value *= _ODD[0]
    return np.uint64((value ^ (value >> _HALF)) * _ODD[1])


@compiled
def _furniture(batch: Batch, at: int, lines: int, counts: Counts) -> int:
    every, bits = _counted(counts, _key(batch, at, 0)), 0
    for line in range(lines):
        found = _counted(counts, _key(batch, at, line + 1))
        # The source's own count may have given way to others: then nothing is known of it.
        if LEAST_ARTICLES <= found <= every <= SHARE * found:
            bits |= 1 << line
    return bits


@compiled
def _counted(counts: Counts, key: np.uint64) -> int:
    found = 0
    for epoch in range(2):
        slots = counts.slots[epoch]
        first = _bucket(slots, key)
        for at in range(first, first + BUCKET):
            if slots[at] and slots[at] >> _TAG == key >> _TAG:
                found += int(np.int64(slots[at] & _COUNT))
    return found


@compiled
def _count(slots: U64, key: np.uint64) -> None:
    first = _bucket(slots, key)
    least = first
    for at in range(first, first + BUCKET):
        if slots[at] and slots[at] >> _TAG == key >> _TAG:
            slots[at] += _ONE if slots[at] & _COUNT < _COUNT else np.uint64(0)
            return
        if slots[at] & _COUNT <= slots[least] & _COUNT:
            least = at
    for at in range(least, first, -1):
        slots[at] = slots[at - 1]
    slots[first] = (key >> _TAG << _TAG) | _ONE


@compiled
def _bucket(slots: U64, key: np.uint64) -> int:
    return int(np.int64(key & np.uint64(len(slots) // BUCKET - 1))) * BUCKET
