"""The loop over a batch of log values: meet an earlier self, compare, answer, insert.

Articles are taken one by one, so that each sees all before it, however the log is cut in batches.
What frozen generations have for the batch was looked up before (generation.py).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.dedup import postings
from streams.stages.dedup.answers import (
    COPY,
    MAX_MATCHES,
    STEPS,
    original_of,
    put_answer,
)
from streams.stages.dedup.generation import (
    ANSWERS,
    CODES,
    ENTRIES,
    KEYS,
    Hits,
    Stretch,
    put_replay,
    replay_slot,
    replayed,
)
from streams.stages.dedup.judge import judged
from streams.stages.dedup.pairs import F64, measured
from streams.stages.dedup.value import Batch

I64 = NDArray[np.int64]

Row = Any
"""A row of `generation.ENTRY`: compiled code reads its fields as attributes."""

CANDIDATES = 8
_KEPT_WHOLE = 900
"""Similarity in `STEPS` from which a copy is kept without codes and keys."""


class Window(NamedTuple):
    """What arrived less than `ms` before an article, of the last `articles`; the pair model."""

    ms: int
    articles: int
    weights: F64
    bias: F64


class Earlier(NamedTuple):
    """Of each article of the batch (N,): number (or -1) and arrival of its last earlier self."""

    number: I64
    arrival: I64


@compiled
def decide(  # noqa: PLR0913, PLR0917 - flat arrays
    batch: Batch,
    start: int,
    earlier: Earlier,
    hits: Hits,
    own: Stretch,
    base: int,
    used: I64,
    window: Window,
    outputs: tuple[I64, I64],
) -> int:
    """Decide about the articles of a batch from `start` on and insert them into `own`.

    The outputs are the number of the entry that has each one's answer, and a count of articles by
    how many they were compared with. Returns the first article
    that was not taken: its keys may not find room.
    """
    decided, compared = outputs
    room = postings.room(own.slots)
    hit = 0
    for i in range(start, len(batch.arrival)):
        keys = batch.keys[batch.first_key[i] : batch.first_key[i + 1]]
        if used[KEYS] + len(keys) > room:
            return i
        while hit < len(hits.article) and hits.article[hit] < i:
            hit += 1
        last_hit = hit
        while last_hit < len(hits.article) and hits.article[last_hit] == i:
            last_hit += 1
        seq, oldest = base + used[ENTRIES], batch.arrival[i] - window.ms
        decided[i] = _met(batch, i, earlier, own, base, (seq - window.articles, oldest))
        if decided[i] < 0:
            found = _candidates(
                hits, hit, last_hit, own, base, keys, (seq - window.articles, oldest)
            )
            compared[len(found)] += 1
            _answer(batch, i, hits, own, base, used, window, found)
            decided[i] = seq
    return len(batch.arrival)


@compiled
def _met(
    batch: Batch, i: int, earlier: Earlier, own: Stretch, base: int, least: tuple[int, int]
) -> int:
    """The entry of the same article with the same words in the window, or -1."""
    number = replayed(own, batch.ids[i, 0], batch.ids[i, 1], batch.content[i])
    if number >= 0:
        arrival = own.entries[number].arrival
        number += base
    else:
        number, arrival = earlier.number[i], earlier.arrival[i]
    return number if number >= max(least[0], 0) and arrival > least[1] else -1


@compiled
def _candidates(
    hits: Hits,
    first: int,
    last: int,
    own: Stretch,
    base: int,
    keys: NDArray[np.uint64],
    least: tuple[int, int],
) -> I64:
    """(C, 2): those that share most keys, the earlier first: hit (-1: in `own`) and number."""
    room = postings.PER_KEY * len(keys)
    numbers, shared = np.empty(room, np.int64), np.empty(room, np.int64)
    count = postings.find(own.slots, keys, numbers, shared)
    best, kept = np.empty((CANDIDATES + 1, 3), np.int64), 0
    for hit in range(first, last):
        if hits.number[hit] >= least[0]:
            kept = _rank(best, kept, hit, hits.number[hit], hits.shared[hit])
    for place in range(count):
        number = base + numbers[place]
        if number >= least[0] and own.entries[numbers[place]].arrival > least[1]:
            kept = _rank(best, kept, -1, number, shared[place])
    return best[:kept, :2].copy()


@compiled
def _rank(best: I64, kept: int, hit: int, number: int, shared: int) -> int:
    """Put a candidate in its place among the best; returns how many there are."""
    at = kept
    while at > 0 and (
        best[at - 1, 2] < shared or (best[at - 1, 2] == shared and best[at - 1, 1] > number)
    ):
        best[at] = best[at - 1]
        at -= 1
    best[at, 0], best[at, 1], best[at, 2] = hit, number, shared
    return min(kept + 1, CANDIDATES)


@compiled
def _answer(  # noqa: PLR0913, PLR0917 - flat arrays
    batch: Batch,
    i: int,
    hits: Hits,
    own: Stretch,
    base: int,
    used: I64,
    window: Window,
    found: I64,
) -> None:
    """Compare article `i` with its candidates, and insert it with its answer."""
    relations, steps = np.empty(len(found), np.int64), np.empty(len(found), np.int64)
    order, matches = np.empty(len(found), np.int64), 0
    for place in range(len(found)):
        if found[place, 0] >= 0:
            relation = _compared(batch, i, hits.entries[found[place, 0]], hits.codes, window)
        else:
            row = own.entries[found[place, 1] - base]
            relation = _compared(batch, i, row, own.codes, window)
        relations[place], steps[place] = relation
        if relation[0] >= 0:
            matches = _better_first(order, matches, place, relations, steps)
    order = order[: min(matches, MAX_MATCHES)]
    ids = np.empty((len(order), 2), np.uint64)
    of = cluster = (batch.ids[i, 0], batch.ids[i, 1])
    for place in range(len(order) - 1, -1, -1):
        hit, number = found[order[place]]
        row = hits.entries[hit] if hit >= 0 else own.entries[number - base]
        ids[place, 0], ids[place, 1] = row.id_first, row.id_last
        if place == 0:
            answers = hits.answers if hit >= 0 else own.answers
            of, cluster = original_of(answers, row.answer_at, (row.id_first, row.id_last))
    relations, steps = relations[order], steps[order]
    at = used[ANSWERS]
    used[ANSWERS] = put_answer(own.answers, at, ids, relations, steps, (of, cluster))
    copied = own.answers[at] & 3 == COPY
    _insert(batch, i, own, used, at, copied and relations[0] == 0 and steps[0] >= _KEPT_WHOLE)


@compiled
def _compared(
    batch: Batch, i: int, row: Row, codes: NDArray[np.uint8], window: Window
) -> tuple[int, int]:
    """Relation (-1: none) and similarity in `STEPS` of an article and an earlier one."""
    if row.content == batch.content[i]:
        return 0, STEPS
    mine = batch.flat[batch.codes_at[i] : batch.codes_at[i] + batch.codes[i]]
    theirs = codes[row.codes_at : row.codes_at + row.codes]
    features = measured(
        (theirs, int(np.int64(row.highest)), int(np.int64(row.words))),
        (mine, int(np.int64(batch.highest[i])), int(batch.words[i])),
    )
    return judged(features, batch.flags[i] ^ row.flags, window.weights, window.bias)


@compiled
def _better_first(order: I64, count: int, place: int, relations: I64, steps: I64) -> int:
    """Put a match among those in `order`: telling relations first, then the more similar."""
    at = count
    while at > 0 and (
        relations[order[at - 1]] > relations[place]
        or (relations[order[at - 1]] == relations[place] and steps[order[at - 1]] < steps[place])
    ):
        order[at] = order[at - 1]
        at -= 1
    order[at] = place
    return count + 1


@compiled
def _insert(
    batch: Batch,
    i: int,
    own: Stretch,
    used: I64,
    answer_at: int,
    adds_nothing: bool,  # noqa: FBT001
) -> None:
    """Insert an article; one that adds nothing to its original goes without codes and keys."""
    number, codes = used[ENTRIES], 0 if adds_nothing else batch.codes[i]
    slot = replay_slot(own, batch.ids[i, 0], batch.ids[i, 1], batch.content[i])
    row = own.entries[number]
    row.id_first, row.id_last = batch.ids[i, 0], batch.ids[i, 1]
    row.content, row.arrival, row.words = batch.content[i], batch.arrival[i], batch.words[i]
    row.codes_at, row.codes, row.answer_at = used[CODES], codes, answer_at
    row.highest, row.flags = batch.highest[i], batch.flags[i]
    for place in range(codes):
        own.codes[used[CODES] + place] = batch.flat[batch.codes_at[i] + place]
    used[ENTRIES] += 1
    used[CODES] += codes
    put_replay(own, slot, number)
    if not adds_nothing:
        keys = batch.keys[batch.first_key[i] : batch.first_key[i + 1]]
        postings.insert(own.slots, keys, number)
        used[KEYS] += len(keys)
