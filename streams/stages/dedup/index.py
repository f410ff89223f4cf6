"""The index over the fingerprint log: one decision per value, in the order of the log."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.dedup.decide import CANDIDATES, Earlier, Window, decide
from streams.stages.dedup.decision import Decision
from streams.stages.dedup.generation import (
    NO_HITS,
    Generation,
    Hits,
    Stretch,
    joined,
    look_up,
    replayed,
)
from streams.stages.dedup.model import PairModel, load_model
from streams.stages.dedup.value import VERSION, Batch, take_apart, value_hash
from streams.stages.dedup.words import hash_text

I64 = NDArray[np.int64]

WINDOW_MS = 7 * 24 * 3_600_000
MAX_ARTICLES = 10_500_000
STRETCH = 450_000
"""Offsets of the log in one generation, at most."""
ANSWERS = 3
"""Counts up whenever what an index answers changes, or how."""

_CHUNK = 512


class Index:
    """Every decision of the whole log, so that any worker can answer for its own offsets.

    Deterministic: the same values in the same order give the same decisions, however the calls cut
    them into batches. Unreadable values get a skipped decision and change nothing. An article that
    was seen before in the window (same article id, same text) gets its first answer again. The
    window is `window_ms` by the latest arrival so far and at most `max_articles` articles. A
    generation ends at a multiple of `stretch` offsets (below 2**20), the same for every index, or
    when its postings are full.
    """

    def __init__(
        self,
        window_ms: int = WINDOW_MS,
        max_articles: int = MAX_ARTICLES,
        model: PairModel | None = None,
        stretch: int = STRETCH,
    ) -> None:
        model = model or load_model()
        self.next_offset = 0
        self.clock = 0
        self._last_value = 0
        self.generations = [Generation(0)]
        self._compared = np.zeros(CANDIDATES + 1, np.int64)
        self._window = Window(window_ms, max_articles, model.weights, model.bias)
        self._stretch = stretch
        self.identity = self._identity()

    def _identity(self) -> str:
        """What has to be equal for two indexes to give the same answers."""
        window_ms, max_articles, weights, bias = self._window
        model = hash_text((weights.tobytes() + bias.tobytes()).hex())
        return f"{VERSION}:{ANSWERS}:{model:016x}:{window_ms}:{max_articles}:{self._stretch}"

    @property
    def frozen(self) -> list[Generation]:
        """The generations that never change again, the oldest first."""
        return self.generations[:-1]

    @property
    def last_value(self) -> int:
        """A hash (XXH3) of the log value before `next_offset`."""
        return self._last_value

    @property
    def end(self) -> int:
        """How many articles went in since the beginning of the log."""
        return self.generations[-1].end

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the index holds."""
        return sum(generation.nbytes for generation in self.generations)

    @property
    def articles(self) -> int:
        """How many articles it holds."""
        return self.end - self.generations[0].base

    @property
    def reach_ms(self) -> int:
        """From the oldest article that can still be found to the latest; at most the window."""
        first = self.generations[0]
        return min(self._window.ms, self.clock - first.first_arrival) if first.length else 0

    @property
    def compared(self) -> list[int]:
        """How many articles were compared with 0, 1, 2 ... earlier ones, since it was made."""
        found: list[int] = self._compared.tolist()
        return found

    def observe(
        self,
        values: Sequence[bytes],
        offsets: Sequence[int],
        arrivals_ms: Sequence[int],
        wanted: Sequence[bool] | None = None,
    ) -> list[Decision]:
        """The decisions for log values at `offsets`, which arrived at `arrivals_ms` (epoch).

        With `wanted` only for those values that it says.
        """
        decisions: list[Decision] = []
        start = 0
        while start < len(values):
            end = self._stretch_end(offsets, start)
            part = slice(start, end)
            numbers = self._observe(values[part], offsets[part], arrivals_ms[part])
            decisions += [
                self._decision(offsets[at], number)
                for at, number in enumerate(numbers.tolist(), start)
                if wanted is None or wanted[at]
            ]
            self._passed(offsets[end - 1], values[end - 1])
            self._drop_expired()
            start = end
        return decisions

    def _stretch_end(self, offsets: Sequence[int], start: int) -> int:
        """The end of a piece of a batch that lies in one generation, at most a chunk."""
        stretch = offsets[start] // self._stretch
        last = self.generations[-1]
        if not last.length and len(self.generations) == 1:
            last.first_offset = offsets[start]
        if last.length and (self.next_offset - 1) // self._stretch != stretch:
            self.open_generation()
        end = min(start + _CHUNK, len(offsets))
        while offsets[end - 1] // self._stretch != stretch:
            end -= 1
        return end

    def _decision(self, offset: int, number: int) -> Decision:
        if number < 0:
            return Decision(offset, None)
        at = bisect_right(self.generations, number, key=attrgetter("base")) - 1
        generation = self.generations[at]
        return Decision(offset, generation.answer(number - generation.base))

    def _passed(self, offset: int, value: bytes) -> None:
        self.next_offset, self._last_value = offset + 1, value_hash(value)

    def _observe(
        self, values: Sequence[bytes], offsets: Sequence[int], arrivals: Sequence[int]
    ) -> I64:
        """For each value the entry that has its answer, -1 for an unreadable one."""
        batch, good = take_apart(values, arrivals, self.clock)
        decided = np.full(len(good), -1, np.int64)
        start = 0
        while start < len(good):
            start = self._decide(batch, start, decided)
            if start < len(good) and not self.generations[-1].grow_postings():
                before = int(good[start]) - 1
                if before >= 0:
                    self._passed(offsets[before], values[before])
                self.open_generation()
        if len(good):
            self.clock = int(batch.arrival[-1])
        numbers = np.full(len(values), -1, np.int64)
        numbers[good] = decided
        return numbers

    def _decide(self, batch: Batch, start: int, decided: I64) -> int:
        last = self.generations[-1]
        last.make_room(batch)
        earlier, hits = self._look_up(batch)
        return int(
            decide(
                batch,
                start,
                earlier,
                hits,
                last.arrays,
                last.base,
                last.used,
                self._window,
                (decided, self._compared),
            )
        )

    def _look_up(self, batch: Batch) -> tuple[Earlier, Hits]:
        """What the frozen generations have."""
        count = len(batch.arrival)
        earlier = Earlier(np.full(count, -1, np.int64), np.zeros(count, np.int64))
        oldest = batch.arrival - self._window.ms
        at_most = int(np.diff(batch.first_key).max(initial=0))
        hits = []
        for generation in self.generations[:-1]:
            arrays, base = generation.arrays, generation.base
            _meet(arrays, base, batch, earlier)
            found = look_up(arrays, base, batch.keys, batch.first_key, oldest, at_most)
            if len(found.article):
                hits.append(found)
        return earlier, joined(hits) if hits else NO_HITS

    def open_generation(self) -> None:
        """Freeze the last generation and begin a new one."""
        self.generations[-1].freeze(self.next_offset, self._last_value)
        self.generations.append(Generation(self.end, self.next_offset))

    def resume(self, frozen: Sequence[Generation]) -> None:
        """Go on after frozen generations of the same log, as if it had been read to their end."""
        base = 0
        for generation in frozen:
            generation.base = base
            base = generation.end
        last = frozen[-1]
        self.next_offset, self._last_value = last.next_offset, last.last_value
        self.clock = last.last_arrival
        self.generations = [*frozen, Generation(base, last.next_offset)]

    def _drop_expired(self) -> None:
        while len(self.generations) > 1:
            oldest = self.generations[0]
            inside = oldest.last_arrival > self.clock - self._window.ms
            if inside and oldest.end > self.end - self._window.articles:
                return
            del self.generations[0]


@compiled
def _meet(arrays: Stretch, base: int, batch: Batch, earlier: Earlier) -> None:
    """Note the entries of articles that are met again, over those of older generations."""
    for i in range(len(batch.arrival)):
        number = replayed(arrays, batch.ids[i, 0], batch.ids[i, 1], batch.content[i])
        if number >= 0:
            earlier.number[i], earlier.arrival[i] = base + number, arrays.entries[number].arrival
