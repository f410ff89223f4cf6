"""The index over the fingerprint log: one decision per value, in the order of the log.

A batch is worked in segments whose articles can't see each other's inserts (they share no bucket
of the current postings and no replay key), so that a segment's lookups go through NumPy at once and
the answers are those of working one by one, wherever the batches are cut.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from streams.records import Dedup, Match
from streams.stages.dedup.decision import Decision
from streams.stages.dedup.generation import ENTRY, Entry, Fresh, Generation
from streams.stages.dedup.judge import EXACT, answer, best_first, relate
from streams.stages.dedup.model import PairModel, load_model
from streams.stages.dedup.pairs import Side
from streams.stages.dedup.postings import I64, U64
from streams.stages.dedup.value import HEAD, HEAD_BYTES, KEY_BYTES, VERSION, readable, unpack_keys
from streams.stages.dedup.words import hash_text

WINDOW_MS = 7 * 24 * 3_600_000
MAX_ARTICLES = 10_500_000
CANDIDATES = 8
ANSWERS = 1
"""Counts up whenever the rules of judge.py change what an index answers."""

_CHUNK = 512
_KEPT_WHOLE = 0.9
_KEY_MASK = np.uint64((1 << 48) - 1)
_PAGE = np.uint64(0x9E3779B97F4A)
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


@dataclass(slots=True)
class _Batch:
    """Readable log values taken apart; `keys` (K,) are end to end, `key_of` their article."""

    heads: NDArray[np.void]
    own: list[Entry]
    arrival: I64
    replay: U64
    keys: U64
    key_of: I64
    first_key: I64


@dataclass(slots=True)
class _Candidate:
    """An earlier article that shares keys with article `mine` of the batch."""

    mine: int
    generation: Generation
    number: int
    entry: Entry


class Index:
    """Every decision of the whole log, so that any worker can answer for its own offsets.

    Deterministic: the same values in the same order give the same decisions, however the calls cut
    them into batches. Unreadable values get a skipped decision and change nothing. An article that
    was seen before in the window (same article id, same text) gets its first answer again. The
    window is `window_ms` by the latest arrival so far and at most `max_articles` articles.
    """

    def __init__(
        self,
        window_ms: int = WINDOW_MS,
        max_articles: int = MAX_ARTICLES,
        model: PairModel | None = None,
    ) -> None:
        self.window_ms = window_ms
        self.max_articles = max_articles
        self.next_offset = 0
        self.clock = 0
        self.generations = [Generation(0)]
        self.compared = [0] * (CANDIDATES + 1)
        """How many articles were compared with 0, 1, 2 ... earlier ones, since it was made."""
        self._model = model or load_model()
        self.identity = self._identity()

    def _identity(self) -> str:
        """What has to be equal for two indexes to give the same answers."""
        weights = self._model.weights.tobytes() + self._model.bias.tobytes()
        model = hash_text(weights.hex())
        return f"{VERSION}:{ANSWERS}:{model:016x}:{self.window_ms}:{self.max_articles}"

    @property
    def end(self) -> int:
        """How many articles went in since the beginning of the log."""
        return self.generations[-1].end

    @property
    def nbytes(self) -> int:
        """About how many bytes of memory the index holds."""
        return sum(generation.nbytes for generation in self.generations)

    @property
    def articles(self) -> int:
        """How many articles it holds."""
        return self.end - self.generations[0].base

    @property
    def reach_ms(self) -> int:
        """From the oldest article that can still be found to the latest; at most the window."""
        arrivals = self.generations[0].entries.filled["arrival"][:1]
        return min(self.window_ms, self.clock - int(arrivals[0])) if len(arrivals) else 0

    def observe(
        self, values: Sequence[bytes], offsets: Sequence[int], arrivals_ms: Sequence[int]
    ) -> list[Decision]:
        """The decisions for log values at `offsets`, which arrived at `arrivals_ms` (epoch)."""
        good = [i for i, value in enumerate(values) if readable(value)]
        dedups: list[Dedup | None] = [None] * len(values)
        for start in range(0, len(good), _CHUNK):
            chunk = good[start : start + _CHUNK]
            answers = self._observe([values[i] for i in chunk], [arrivals_ms[i] for i in chunk])
            for i, dedup in zip(chunk, answers, strict=True):
                dedups[i] = dedup
        if len(offsets):
            self.next_offset = offsets[-1] + 1
        return [Decision(o, d) for o, d in zip(offsets, dedups, strict=True)]

    def _observe(self, values: list[bytes], arrivals: list[int]) -> list[Dedup]:
        batch = _take_apart(values, arrivals, self.clock)
        self.clock = int(batch.arrival[-1])
        answers: list[Dedup] = []
        for start, end in self._segments(batch):
            answers += self._segment(batch, start, end)
        self._drop_expired()
        return answers

    def _segments(self, batch: _Batch) -> list[tuple[int, int]]:
        """Stretches of the batch without a bucket or replay key in common."""
        if len(batch.own) == 1:
            return [(0, 1)]
        bucket = self.generations[-1].postings.bucket(batch.keys).astype(np.uint64)
        count = len(batch.heads)
        shared = np.maximum(
            _latest_sharer(bucket, batch.key_of, count),
            _latest_sharer(batch.replay, np.arange(count), count),
        )
        cuts = [0]
        for i, latest in enumerate(shared.tolist()):
            if latest >= cuts[-1]:
                cuts.append(i)
        return list(zip(cuts, [*cuts[1:], count], strict=True))

    def _segment(self, batch: _Batch, start: int, end: int) -> list[Dedup]:
        answers = self._replays(batch, start, end)
        fresh = [i for i in range(start, end) if i not in answers]
        if fresh:
            candidates = self._candidates(batch, fresh)
            counts = Counter(candidate.mine for candidate in candidates)
            for i in fresh:
                self.compared[counts[i]] += 1
            found = self._matches(batch, candidates)
            kept_whole = []
            for i in fresh:
                answers[i] = _answer(batch, i, found.get(i, []))
                kept_whole.append(_adds_nothing(answers[i]))
            self._insert(batch, fresh, [answers[i] for i in fresh], kept_whole)
        return [answers[i] for i in range(start, end)]

    def _replays(self, batch: _Batch, start: int, end: int) -> dict[int, Dedup]:
        answers: dict[int, Dedup] = {}
        for generation in self.generations:
            numbers = generation.replayed(batch.replay[start:end])
            if numbers.max() < 0:
                continue
            for i in np.flatnonzero(numbers >= 0).tolist():
                number = int(numbers[i])
                arrival = int(generation.entries.filled["arrival"][number])
                within = arrival > int(batch.arrival[start + i]) - self.window_ms
                if within and generation.base + number >= self.end - self.max_articles:
                    answers[start + i] = generation.answer(number)
        return answers

    def _candidates(self, batch: _Batch, fresh: list[int]) -> list[_Candidate]:
        """For each article the earlier ones in the window that share most keys with it."""
        first, end = batch.first_key[fresh[0]], batch.first_key[fresh[-1] + 1]
        keys, owner = batch.keys[first:end], batch.key_of[first:end]
        if len(fresh) <= fresh[-1] - fresh[0]:
            wanted = np.isin(owner, fresh)
            keys, owner = keys[wanted], owner[wanted]
        mine, theirs = [], []
        for generation in self.generations:
            index, number = generation.postings.find(keys)
            if not len(index):
                continue
            inside = generation.entries.filled["arrival"][number] > (
                batch.arrival[owner[index]] - self.window_ms
            )
            mine.append(owner[index][inside])
            theirs.append(number[inside] + generation.base)
        if not mine:
            return []
        return self._most_shared(np.concatenate(mine), np.concatenate(theirs), fresh)

    def _most_shared(self, mine: I64, theirs: I64, fresh: list[int]) -> list[_Candidate]:
        seq = self.end + np.searchsorted(fresh, mine)
        inside = theirs >= seq - self.max_articles
        shared = Counter(zip(mine[inside].tolist(), theirs[inside].tolist(), strict=True))
        ranked = sorted(shared, key=lambda pair: (pair[0], -shared[pair], pair[1]))
        bases = [generation.base for generation in self.generations]
        return [
            _candidate(mine, theirs, self.generations[bisect_right(bases, theirs) - 1])
            for _, pairs in groupby(ranked, itemgetter(0))
            for mine, theirs in islice(pairs, CANDIDATES)
        ]

    def _matches(
        self, batch: _Batch, candidates: list[_Candidate]
    ) -> dict[int, list[tuple[Match, _Candidate]]]:
        found: dict[int, list[tuple[Match, _Candidate]]] = {}
        exact = [c.entry.content == batch.own[c.mine].content for c in candidates]
        compared = [c for c, same in zip(candidates, exact, strict=True) if not same]
        related = iter(
            relate(
                self._model,
                [(batch.own[c.mine].side, c.entry.side) for c in compared],
                [(batch.own[c.mine].flags, c.entry.flags) for c in compared],
            )
        )
        for candidate, same in zip(candidates, exact, strict=True):
            relation = EXACT if same else next(related)
            if relation is not None:
                match = Match(
                    article_id=candidate.entry.article_id,
                    relation=relation[0],
                    similarity=relation[1],
                )
                found.setdefault(candidate.mine, []).append((match, candidate))
        return found

    def _insert(
        self, batch: _Batch, fresh: list[int], answers: list[Dedup], whole: list[bool]
    ) -> None:
        keys = [
            batch.keys[:0] if nothing else batch.keys[batch.first_key[i] : batch.first_key[i + 1]]
            for i, nothing in zip(fresh, whole, strict=True)
        ]
        done = 0
        while done < len(fresh):
            fits = self.generations[-1].fits(np.array([len(k) for k in keys[done:]]))
            upto = min(done + fits, len(fresh))
            if fits:
                chosen = fresh[done:upto]
                codes = [
                    batch.own[i].side.codes[: 0 if nothing else None]
                    for i, nothing in zip(chosen, whole[done:upto], strict=True)
                ]
                self.generations[-1].insert(
                    Fresh(
                        _entries(batch, chosen, codes),
                        [batch.own[i].article_id for i in chosen],
                        batch.replay[chosen],
                        codes,
                        keys[done:upto],
                        answers[done:upto],
                    )
                )
            elif self.generations[-1].can_grow:
                self.generations[-1].postings.grow()
            else:
                self.open_generation()
            done = upto

    def open_generation(self) -> None:
        """Freeze the last generation and begin a new one."""
        self.generations[-1].freeze()
        self.generations.append(Generation(self.end))

    def _drop_expired(self) -> None:
        while len(self.generations) > 1:
            oldest = self.generations[0]
            latest = int(oldest.entries.filled["arrival"][-1])
            inside = latest > self.clock - self.window_ms
            if inside and oldest.end > self.end - self.max_articles:
                return
            del self.generations[0]


def _take_apart(values: list[bytes], arrivals: list[int], clock: int) -> _Batch:
    heads = np.frombuffer(b"".join(v[:HEAD_BYTES] for v in values), HEAD)
    own, packed = [], []
    for value, head in zip(values, heads.tolist(), strict=True):
        _, _, flags, article_id, content, _, _, _, words, length, count, highest = head
        middle = HEAD_BYTES + length
        codes = np.frombuffer(value, np.uint8, length, HEAD_BYTES)
        own.append(Entry(article_id.hex(), content, flags, Side(codes, highest, words)))
        packed.append(value[middle : middle + KEY_BYTES * count])
    number = np.arange(len(values))
    page = np.flatnonzero(heads["page"])
    keys = np.concatenate(
        [
            unpack_keys(b"".join(packed)),
            heads["content"] & _KEY_MASK,
            (heads["page"][page] ^ _PAGE) & _KEY_MASK,
        ]
    )
    key_of = np.concatenate([np.repeat(number, heads["keys"]), number, page])
    order = np.argsort(key_of, kind="stable")
    key_of = key_of[order]
    arrival = np.maximum.accumulate(np.array([clock, *arrivals], np.int64))[1:]
    first = np.searchsorted(key_of, np.arange(len(values) + 1))
    return _Batch(heads, own, arrival, _replay_keys(heads), keys[order], key_of, first)


def _replay_keys(heads: NDArray[np.void]) -> U64:
    halves = np.frombuffer(heads["article_id"].tobytes(), np.uint64).reshape(-1, 2)
    mixed = halves[:, 0] * _ODD[0] + halves[:, 1] * _ODD[1] + heads["content"] * _ODD[2]
    return np.asarray(mixed, np.uint64)


def _latest_sharer(shared: U64, owner: I64, count: int) -> I64:
    """For each of `count` owners the latest earlier owner of one of its elements, else -1."""
    order = np.lexsort((owner, shared))
    shared, owner = shared[order], owner[order]
    same = (shared[1:] == shared[:-1]) & (owner[1:] != owner[:-1])
    latest = np.full(count, -1)
    np.maximum.at(latest, owner[1:][same], owner[:-1][same])
    return latest


def _entries(batch: _Batch, chosen: list[int], codes: list[NDArray[np.uint8]]) -> NDArray[np.void]:
    entries = np.zeros(len(chosen), ENTRY)
    for name in ("article_id", "content", "words", "highest", "flags"):
        entries[name] = batch.heads[name][chosen]
    entries["arrival"] = batch.arrival[chosen]
    entries["codes"] = [len(c) for c in codes]
    return entries


def _candidate(mine: int, theirs: int, generation: Generation) -> _Candidate:
    number = theirs - generation.base
    return _Candidate(mine, generation, number, generation.entry(number))


def _answer(batch: _Batch, i: int, found: list[tuple[Match, _Candidate]]) -> Dedup:
    article_id = batch.own[i].article_id
    if not found:
        return answer(article_id, [], None)
    order = best_first([match for match, _ in found])
    candidate = found[order[0]][1]
    first = candidate.generation.answer(candidate.number)
    return answer(article_id, [found[n][0] for n in order], first)


def _adds_nothing(dedup: Dedup) -> bool:
    """Whether later articles need not be compared with this one: its original will do."""
    if dedup.status != "duplicate":
        return False
    return dedup.matches[0].relation == "same" and dedup.matches[0].similarity >= _KEPT_WHOLE
