"""A stretch of the log in memory: its articles' sketches, answers and postings.

The index is a list of generations. Only the last one takes inserts; a full one is frozen and
never changes again, and is dropped whole when its last article has left the window. So nothing is
ever deleted from a table, and a snapshot writes a frozen generation once.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.records import Dedup
from streams.stages.dedup import postings
from streams.stages.dedup.answers import MAX_BYTES, answer_bytes, unpack_answer
from streams.stages.dedup.repeats import U16, Counts
from streams.stages.dedup.value import Batch

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

ENTRY = np.dtype(
    [
        ("id_first", "<u8"),
        ("id_last", "<u8"),
        ("content", "<u8"),
        ("arrival", "<i8"),
        ("codes_at", "<u4"),
        ("answer_at", "<u4"),
        ("words", "<u4"),
        ("codes", "<u2"),
        ("highest", "u1"),
        ("flags", "u1"),
    ]
)
NUMBER_BITS = 20
"""Bits of an entry's number in `replay`; a generation has fewer than 2**NUMBER_BITS entries."""

ENTRIES, CODES, ANSWERS, KEYS = range(4)
_FIRST_SLOTS = 1_024
_NUMBER = np.uint32((1 << NUMBER_BITS) - 1)
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


class Stretch(NamedTuple):
    """The arrays of a generation; those that grow have room at their end.

    `slots` are the postings. `replay` is a hash table (open addressing, 0 is free) from article id
    and words to entries: 12 bits of the hash over the entry's number + 1.
    """

    entries: NDArray[np.void]
    codes: U8
    answers: U8
    slots: U64
    replay: U32


def _new() -> Stretch:
    return Stretch(
        np.empty(0, ENTRY),
        np.empty(0, np.uint8),
        np.empty(0, np.uint8),
        postings.empty(),
        np.zeros(_FIRST_SLOTS, np.uint32),
    )


@dataclass(slots=True)
class Generation:
    """Entries number `base`, `base` + 1 ... of the log's readable articles, from `first_offset` on.

    `used` (4,) is how much of entries, codes and answers is filled, and the postings' keys. A
    frozen one ends before `next_offset`; `last_value` is a hash of the log value before that.
    `repeated` (N,) has an entry's bits of `repeats.note`; `counts` are those at the end of a frozen
    one, kept by the last of them only.
    """

    base: int
    first_offset: int = 0
    arrays: Stretch = field(default_factory=_new)
    used: I64 = field(default_factory=lambda: np.zeros(4, np.int64))
    frozen: bool = False
    next_offset: int = 0
    last_value: int = 0
    repeated: U16 = field(default_factory=lambda: np.empty(0, np.uint16))
    counts: Counts | None = None

    @property
    def length(self) -> int:
        """How many entries it has."""
        return int(self.used[ENTRIES])

    @property
    def end(self) -> int:
        """One past the number of the last entry."""
        return self.base + self.length

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return sum(array.nbytes for array in (*self.arrays, self.repeated, *(self.counts or ())))

    @property
    def first_arrival(self) -> int:
        """Arrival of its first entry in ms; there must be one."""
        return int(self.arrays.entries["arrival"][0])

    @property
    def last_arrival(self) -> int:
        """Arrival of its last entry in ms; there must be one."""
        return int(self.arrays.entries["arrival"][self.length - 1])

    def make_room(self, batch: Batch) -> None:
        """Room for what a batch can add, but for its keys."""
        more, used = len(batch.arrival), self.used.tolist()
        entries, codes, answers, slots, replay = self.arrays
        while 2 * (used[ENTRIES] + more) > len(replay):
            replay = _rehashed(replay, entries)
        self.arrays = Stretch(
            _longer(entries, used[ENTRIES], more),
            _longer(codes, used[CODES], int(batch.codes.sum())),
            _longer(answers, used[ANSWERS], more * MAX_BYTES),
            slots,
            replay,
        )
        self.repeated = _longer(self.repeated, used[ENTRIES], more)

    def grow_postings(self) -> bool:
        """Twice as many buckets; False if the table has its largest size."""
        if not postings.can_grow(self.arrays.slots):
            return False
        self.arrays = self.arrays._replace(slots=postings.grown(self.arrays.slots))
        return True

    def freeze(self, next_offset: int, last_value: int, counts: Counts) -> None:
        """Take no more inserts; give the unused room back."""
        self.next_offset, self.last_value, self.counts = next_offset, last_value, counts
        entries, codes, answers, slots, replay = self.arrays
        used = self.used.tolist()
        self.arrays = Stretch(
            entries[: used[ENTRIES]].copy(),
            codes[: used[CODES]].copy(),
            answers[: used[ANSWERS]].copy(),
            slots,
            replay,
        )
        self.repeated = self.repeated[: used[ENTRIES]].copy()
        self.frozen = True

    def answer(self, number: int) -> Dedup:
        """The first answer for entry `number` of this generation."""
        row = self.arrays.entries[number]
        at = int(row["answer_at"])
        packed = self.arrays.answers[at : at + MAX_BYTES].tobytes()
        article_id = row["id_first"].tobytes() + row["id_last"].tobytes()
        return unpack_answer(packed, article_id.hex())


class Hits(NamedTuple):
    """Earlier entries (H,) that share keys with articles of a batch, by article.

    `number` counts from the beginning of the log, `shared` the keys in common; `entries` are their
    rows with places in `codes` and `answers`.
    """

    article: I64
    number: I64
    shared: I64
    entries: NDArray[np.void]
    codes: U8
    answers: U8


def joined(hits: list[Hits]) -> Hits:
    """The hits of several generations, the oldest first, as one, sorted by article."""
    codes_at = answers_at = 0
    for found in hits:
        found.entries["codes_at"] += codes_at
        found.entries["answer_at"] += answers_at
        codes_at, answers_at = codes_at + len(found.codes), answers_at + len(found.answers)
    if len(hits) == 1:
        return hits[0]
    whole = Hits._make(np.concatenate(parts) for parts in zip(*hits, strict=True))
    order = np.argsort(whole.article, kind="stable")
    sorted_parts: list[Any] = [part[order] for part in whole[:4]]
    return Hits._make([*sorted_parts, whole.codes, whole.answers])


NO_HITS = Hits._make(
    np.empty(0, kind) for kind in (np.int64, np.int64, np.int64, ENTRY, np.uint8, np.uint8)
)


def _longer(array: NDArray[Any], used: int, more: int) -> NDArray[Any]:
    if used + more <= len(array):
        return array
    longer = np.empty(max(used + more, 2 * len(array)), array.dtype)
    longer[:used] = array[:used]
    return longer


@compiled
def replay_hash(first: np.uint64, last: np.uint64, content: np.uint64) -> np.uint64:
    """The hash of an article id and its words."""
    mixed = first * _ODD[0] + last * _ODD[1] + content * _ODD[2]
    return np.uint64(mixed ^ (mixed >> np.uint64(32)))


@compiled
def replayed(arrays: Stretch, first: np.uint64, last: np.uint64, content: np.uint64) -> int:
    """The last entry with this article id and these words, or -1."""
    slot = replay_slot(arrays, first, last, content)
    return int(np.int64(arrays.replay[slot] & _NUMBER)) - 1


@compiled
def replay_slot(arrays: Stretch, first: np.uint64, last: np.uint64, content: np.uint64) -> int:
    """Where the article is in `replay`, or the free slot where it belongs."""
    value = replay_hash(first, last, content)
    tag, mask = np.uint32(value >> np.uint64(52)), len(arrays.replay) - 1
    at = int(np.int64(value & np.uint64(mask)))
    while arrays.replay[at] != 0:
        if arrays.replay[at] >> np.uint32(NUMBER_BITS) == tag:
            row = arrays.entries[np.int64(arrays.replay[at] & _NUMBER) - 1]
            if row.id_first == first and row.id_last == last and row.content == content:
                return at
        at = (at + 1) & mask
    return at


@compiled
def put_replay(arrays: Stretch, slot: int, number: int) -> None:
    """Put entry `number` where `replay_slot` said."""
    row = arrays.entries[number]
    value = replay_hash(row.id_first, row.id_last, row.content)
    tag = np.uint32(value >> np.uint64(52)) << np.uint32(NUMBER_BITS)
    arrays.replay[slot] = tag | np.uint32(number + 1)


@compiled
def _rehashed(replay: U32, entries: NDArray[np.void]) -> U32:
    """The table with twice the slots."""
    larger = np.zeros(2 * len(replay), np.uint32)
    for old in replay:
        if old == 0:
            continue
        row = entries[np.int64(old & _NUMBER) - 1]
        value = replay_hash(row.id_first, row.id_last, row.content)
        at = np.int64(value & np.uint64(len(larger) - 1))
        while larger[at] != 0:
            at = (at + 1) & (len(larger) - 1)
        larger[at] = old
    return larger


@compiled
def look_up(
    arrays: Stretch, base: int, keys: U64, first_key: I64, oldest: I64, at_most: int
) -> Hits:
    """What a frozen generation has for a batch: entries that share keys and are in the window.

    An entry is in an article's window if it arrived after `oldest` of the article. `at_most` is
    the largest number of keys of an article.
    """
    room = postings.PER_KEY * at_most
    numbers, shared = np.empty(room, np.int64), np.empty(room, np.int64)
    found, count = np.empty((64, 3), np.int64), 0
    codes = answers = 0
    seen = np.zeros(1, np.uint64)
    for article in range(len(oldest)):
        own = keys[first_key[article] : first_key[article + 1]]
        postings.touch(arrays.slots, own, seen)
        for hit in range(postings.find(arrays.slots, own, numbers, shared)):
            row = arrays.entries[numbers[hit]]
            if row.arrival <= oldest[article]:
                continue
            if count == len(found):
                longer = np.empty((2 * count, 3), np.int64)
                longer[:count] = found
                found = longer
            found[count, 0], found[count, 1] = article, numbers[hit]
            found[count, 2] = shared[hit]
            codes += row.codes
            answers += answer_bytes(arrays.answers, row.answer_at)
            count += 1
    return _gathered(arrays, base, found[:count], (codes, answers))


@compiled
def _gathered(arrays: Stretch, base: int, found: I64, size: tuple[int, int]) -> Hits:
    rows = np.empty(len(found), arrays.entries.dtype)
    codes, answers = np.empty(size[0], np.uint8), np.empty(size[1], np.uint8)
    codes_at = answer_at = 0
    for hit in range(len(found)):
        row = arrays.entries[found[hit, 1]]
        rows[hit] = row
        rows[hit].codes_at, rows[hit].answer_at = codes_at, answer_at
        for place in range(row.codes):
            codes[codes_at + place] = arrays.codes[row.codes_at + place]
        packed = answer_bytes(arrays.answers, row.answer_at)
        for place in range(packed):
            answers[answer_at + place] = arrays.answers[row.answer_at + place]
        codes_at, answer_at = codes_at + row.codes, answer_at + packed
    return Hits(found[:, 0].copy(), found[:, 1] + base, found[:, 2].copy(), rows, codes, answers)
