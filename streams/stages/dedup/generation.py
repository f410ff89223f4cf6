"""A stretch of the log in memory: its articles' sketches, answers and postings.

The index is a list of generations. Only the last one takes inserts; a full one is frozen and
never changes again, and is dropped whole when its last article has left the window. So nothing is
ever deleted from a table, and a snapshot writes a frozen generation once.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.records import Dedup
from streams.stages.dedup.answers import pack_answer, unpack_answer
from streams.stages.dedup.arrays import Growing
from streams.stages.dedup.pairs import Side
from streams.stages.dedup.postings import I64, U64, Postings

MAX_ENTRIES = 1 << 21
NOT_COMPARED = 255

ENTRY = np.dtype(
    [
        ("article_id", "V16"),
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


@dataclass(slots=True, frozen=True)
class Entry:
    """What is known of an earlier article."""

    article_id: str
    content: int
    flags: int
    side: Side


@dataclass(slots=True)
class Fresh:
    """Articles to insert, in log order: rows of `ENTRY` without places, and what belongs to each.

    `keys` are empty for an article that nothing should be compared with.
    """

    entries: NDArray[np.void]
    article_ids: list[str]
    replay: U64
    codes: list[NDArray[np.uint8]]
    keys: list[U64]
    answers: list[Dedup]


@dataclass(slots=True)
class Generation:
    """Entries number `base`, `base` + 1 ... of the log's readable articles."""

    base: int
    entries: Growing = field(default_factory=lambda: Growing(ENTRY))
    codes: Growing = field(default_factory=lambda: Growing(np.uint8))
    answers: Growing = field(default_factory=lambda: Growing(np.uint8))
    postings: Postings = field(default_factory=Postings)
    recent: dict[int, int] = field(default_factory=dict)
    replay: U64 = field(default_factory=lambda: np.zeros(0, np.uint64))
    replay_entry: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    frozen: bool = False

    @property
    def end(self) -> int:
        """One past the number of the last entry."""
        return self.base + len(self.entries)

    @property
    def length(self) -> int:
        """How many entries it has."""
        return len(self.entries)

    @property
    def nbytes(self) -> int:
        """About how many bytes of memory it holds."""
        flat = self.entries.nbytes + self.codes.nbytes + self.answers.nbytes
        replay = self.replay.nbytes + self.replay_entry.nbytes + 130 * len(self.recent)
        return flat + replay + self.postings.slots.nbytes

    def fits(self, keys: I64) -> int:
        """How many of articles with so many keys each can go in before it grows or is full."""
        if len(keys) == 1:
            by_keys = int(keys[0] <= self.postings.room)
        else:
            by_keys = int(np.searchsorted(np.cumsum(keys), self.postings.room, "right"))
        return min(by_keys, MAX_ENTRIES - len(self.entries))

    @property
    def can_grow(self) -> bool:
        """Whether growing the postings makes room."""
        return len(self.entries) < MAX_ENTRIES and self.postings.can_grow

    def insert(self, fresh: Fresh) -> None:
        """Insert articles that `fits` has room for."""
        first = len(self.entries)
        entries = fresh.entries
        entries["codes_at"] = len(self.codes) + _before([len(c) for c in fresh.codes])
        packed = [
            pack_answer(answer, article_id)
            for answer, article_id in zip(fresh.answers, fresh.article_ids, strict=True)
        ]
        entries["answer_at"] = len(self.answers) + _before([len(a) for a in packed])
        self.entries.extend(entries)
        self.codes.extend(np.concatenate(fresh.codes))
        self.answers.extend(np.frombuffer(b"".join(packed), np.uint8))
        numbers = np.arange(first, first + len(entries))
        self.recent.update(zip(fresh.replay.tolist(), numbers.tolist(), strict=True))
        count = [len(k) for k in fresh.keys]
        self.postings.insert(np.concatenate(fresh.keys), np.repeat(numbers, count))

    def freeze(self) -> None:
        """Take no more inserts; hold the replay keys sorted in flat arrays."""
        self.replay, self.replay_entry = self.sorted_replay()
        self.recent, self.frozen = {}, True
        for growing in (self.entries, self.codes, self.answers):
            growing.trim()

    def sorted_replay(self) -> tuple[U64, NDArray[np.uint32]]:
        """The replay keys in rising order and their entries."""
        if self.frozen:
            return self.replay, self.replay_entry
        keys = np.fromiter(self.recent.keys(), np.uint64, len(self.recent))
        numbers = np.fromiter(self.recent.values(), np.uint32, len(self.recent))
        order = np.argsort(keys)
        return keys[order], numbers[order]

    def replayed(self, replay: U64) -> I64:
        """The entry of each replay key, -1 where there is none."""
        if not self.frozen:
            return np.array([self.recent.get(key, -1) for key in replay.tolist()], np.int64)
        if not len(self.replay):
            return np.full(len(replay), -1)
        if len(replay) == 1:
            # One article at a time is the common case: without the cost of array calls.
            return np.array([self._frozen_replay(replay[0])], np.int64)
        at = np.searchsorted(self.replay, replay)
        at[at == len(self.replay)] = 0
        return np.where(self.replay[at] == replay, self.replay_entry[at].astype(np.int64), -1)

    def _frozen_replay(self, replay: np.uint64) -> int:
        at = int(self.replay.searchsorted(replay))
        found = at < len(self.replay) and self.replay[at] == replay
        return int(self.replay_entry[at]) if found else -1

    def answer(self, number: int) -> Dedup:
        """The first answer for entry `number`."""
        rows = self.entries.filled
        start = int(rows["answer_at"][number])
        last = number + 1 == len(rows)
        end = len(self.answers) if last else int(rows["answer_at"][number + 1])
        article_id = rows["article_id"][number].tobytes().hex()
        return unpack_answer(self.answers.filled[start:end].tobytes(), article_id)

    def entry(self, number: int) -> Entry:
        """Entry `number` as it was inserted."""
        article_id, content, _, at, _, words, length, highest, flags = self.entries.filled[
            number
        ].item()
        side = Side(self.codes.filled[at : at + length], highest, words)
        return Entry(article_id.hex(), content, flags, side)


def _before(lengths: list[int]) -> I64:
    ends = np.cumsum(np.array(lengths, np.int64))
    return ends - np.array(lengths, np.int64)
