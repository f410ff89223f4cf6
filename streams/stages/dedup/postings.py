"""A hash table from keys to entries in one flat array: bounded lists, no deletion.

Buckets of 8 slots of 8 bytes (a cache line) hold 32 bits of the key and the entry's number. A key
keeps its first `PER_KEY` entries, so boilerplate can't flood the table; a full bucket lets go of
its oldest entry. The table doubles on `grow` up to `MAX_BITS`; entries leave only with the whole
table (see generation.py).
"""

import numpy as np
from numpy.typing import NDArray

MIN_BITS, MAX_BITS = 18, 21
WAYS = 8
PER_KEY = 4
FILL = 0.75

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_TAG_SHIFT = np.uint64(16)
_HALF = np.uint64(32)
_LEAST_TAG = np.uint64(1)
_NONE = np.zeros(0, np.int64)
_NUMBER = np.uint64((1 << 32) - 1)


class Postings:
    """Keys are 48-bit; numbers are 0-based and below 2**32 - 1, inserted in rising order."""

    def __init__(self, slots: U64 | None = None, keys: int = 0) -> None:
        self.slots = np.zeros((1 << MIN_BITS, WAYS), np.uint64) if slots is None else slots
        self.keys = keys

    @property
    def room(self) -> int:
        """How many keys may still be inserted before the table has to grow or be closed."""
        return int(FILL * self.slots.size) - self.keys

    @property
    def can_grow(self) -> bool:
        """Whether the table is below its largest size."""
        return len(self.slots) < 1 << MAX_BITS

    def bucket(self, keys: U64) -> I64:
        """The buckets of keys: articles that share none can't see each other's inserts."""
        return (keys & np.uint64(len(self.slots) - 1)).astype(np.int64)

    def find(self, keys: U64) -> tuple[I64, I64]:
        """All (index into `keys`, entry number) that match."""
        rows = self.slots[self.bucket(keys)]
        matches = _matches(rows, keys)
        if not matches.any():
            return _NONE, _NONE
        index, slot = np.nonzero(matches)
        return index, (rows[index, slot] & _NUMBER).astype(np.int64) - 1

    def insert(self, keys: U64, numbers: I64) -> None:
        """Insert in order, as if one by one."""
        if not len(keys):
            return
        self.keys += len(keys)
        bucket = self.bucket(keys)
        order = np.argsort(bucket, kind="stable")
        for chosen in _rounds(bucket[order]):
            at = order[chosen]
            self._insert(bucket[at], keys[at], numbers[at])

    def grow(self) -> None:
        """Double the buckets; what can be found stays the same."""
        size = len(self.slots)
        high = (self.slots >> _HALF) << _TAG_SHIFT
        moves = (high & np.uint64(size)) != 0
        self.slots = np.concatenate(
            [np.where(moves, np.uint64(0), self.slots), np.where(moves, self.slots, np.uint64(0))]
        )

    def _insert(self, bucket: I64, keys: U64, numbers: I64) -> None:
        rows = self.slots[bucket]
        wanted = _matches(rows, keys).sum(axis=1) < PER_KEY
        slot = (rows & _NUMBER).argmin(axis=1)
        packed = (_tag(keys) << _HALF) | (numbers + 1).astype(np.uint64)
        self.slots[bucket[wanted], slot[wanted]] = packed[wanted]


def _matches(rows: U64, keys: U64) -> NDArray[np.bool_]:
    return np.asarray((rows >> _HALF) == _tag(keys)[:, None])


def _tag(keys: U64) -> U64:
    """The high bits of the key, never 0: that is what an empty slot has."""
    return np.asarray(np.maximum(keys >> _TAG_SHIFT, _LEAST_TAG), np.uint64)


def _rounds(bucket: I64) -> list[I64]:
    """Indices of sorted `bucket` in groups without a bucket twice, repeats in later groups."""
    if not len(bucket):
        return []
    fresh = np.ones(len(bucket), np.bool_)
    fresh[1:] = bucket[1:] != bucket[:-1]
    start = np.maximum.accumulate(np.where(fresh, np.arange(len(bucket)), 0))
    rank = np.arange(len(bucket)) - start
    return [np.flatnonzero(rank == r) for r in range(int(rank.max()) + 1)]
