"""A hash table from keys to entries in one flat array: bounded lists, no deletion.

Buckets of 8 slots of 8 bytes (a cache line) hold 32 bits of the key and the entry's number. A key
keeps its first `PER_KEY` entries, so boilerplate can't flood the table; a full bucket lets go of
its oldest entry. The table doubles up to `MAX_BITS`; entries leave only with the whole table (see
generation.py). Keys are 48-bit; numbers are 0-based and below 2**32 - 1, inserted in rising order.
"""

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled

MIN_BITS, MAX_BITS = 18, 20
WAYS = 8
PER_KEY = 4
FILL, LAST_FILL = 0.5, 0.75
"""Share of the slots that may be used before the table doubles, and in one of the largest size."""

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_TAG_SHIFT, _HALF = np.uint64(16), np.uint64(32)
_LEAST_TAG = np.uint64(1)
_NUMBER = np.uint64((1 << 32) - 1)


def aligned(size: int) -> U64:
    """`size` zeros that begin on a cache line, so that no bucket lies on two."""
    room = np.zeros(size + WAYS, np.uint64)
    first = -room.ctypes.data // room.itemsize % WAYS
    return room[first : first + size]


def empty() -> U64:
    """The slots of a new table."""
    return aligned(WAYS << MIN_BITS)


def can_grow(slots: U64) -> bool:
    """Whether the table is below its largest size."""
    return len(slots) < WAYS << MAX_BITS


@compiled
def room(slots: U64) -> int:
    """How many keys a table takes before it has to grow or be closed."""
    largest = len(slots) >= WAYS << MAX_BITS
    return int((LAST_FILL if largest else FILL) * len(slots))


@compiled
def _bucket(slots: U64, key: np.uint64) -> int:
    return int(np.int64(key & np.uint64(len(slots) // WAYS - 1))) * WAYS


@compiled
def _tag(key: np.uint64) -> np.uint64:
    """The high bits of the key, never 0: that is what an empty slot has."""
    return max(key >> _TAG_SHIFT, _LEAST_TAG)


@compiled
def touch(slots: U64, keys: U64, seen: U64) -> None:
    """Load the buckets of `keys` together; `find` alone waits for memory key by key.

    What was read goes into `seen` (1,), or the compiler would leave the reading out.
    """
    for key in keys:
        seen[0] ^= slots[_bucket(slots, key)]


@compiled
def find(slots: U64, keys: U64, numbers: I64, shared: I64) -> int:
    """Entries that share keys: fills their numbers and how many keys, returns how many there are.

    The outputs have room for `PER_KEY` entries for each key.
    """
    count = 0
    for key in keys:
        first, tag = _bucket(slots, key), _tag(key)
        for slot in range(first, first + WAYS):
            if slots[slot] >> _HALF != tag:
                continue
            number = np.int64(slots[slot] & _NUMBER) - 1
            at = 0
            while at < count and numbers[at] != number:
                at += 1
            if at == count:
                numbers[at], shared[at] = number, 0
                count += 1
            shared[at] += 1
    return count


@compiled
def insert(slots: U64, keys: U64, number: int) -> None:
    """Insert an entry under its keys."""
    for key in keys:
        first, tag = _bucket(slots, key), _tag(key)
        same, oldest = 0, first
        for slot in range(first, first + WAYS):
            same += slots[slot] >> _HALF == tag
            if slots[slot] & _NUMBER < slots[oldest] & _NUMBER:
                oldest = slot
        if same < PER_KEY:
            slots[oldest] = (tag << _HALF) | np.uint64(number + 1)


def grown(slots: U64) -> U64:
    """The table with twice the buckets; what can be found stays the same."""
    larger = aligned(2 * len(slots))
    _spread(slots, larger)
    return larger


@compiled
def _spread(slots: U64, larger: U64) -> None:
    size = len(slots)
    bit = np.uint64(size // WAYS)
    for slot in range(size):
        moves = ((slots[slot] >> _HALF) << _TAG_SHIFT) & bit != 0
        larger[slot + size if moves else slot] = slots[slot]
