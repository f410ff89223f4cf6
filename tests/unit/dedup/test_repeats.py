"""Which lines are furniture is a function of the log: not of workers, deliveries or restarts."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.records import Article
from streams.stages.contract import Outcome, Prepared, Record
from streams.stages.dedup import Decision, Index, fingerprint, snapshot
from streams.stages.dedup.generation import Generation
from streams.stages.dedup.repeats import BUCKET, _count, _counted, no_counts
from streams.stages.pipeline import DedupStage

STAGE = DedupStage(1_000_000)
LOG = "news.fingerprints"
PAPERS = "Harbour Post", "Delta News"
THINGS = "anchor basket candle drawer engine funnel garden hammer island jacket kettle".split()
VERBS = "arrived burned closed doubled emptied failed grew halted improved joined kept".split()


def raw(number: int) -> Record:
    """Story `number`: no two share sentences, those of one paper end with the same lines."""
    paper, rng = PAPERS[number % 2], random.Random(number)  # noqa: S311 - no secret
    said = [
        f"The {rng.choice(THINGS)} of {rng.choice(THINGS)} number {rng.randrange(9999)} "
        f"{rng.choice(VERBS)} because a {rng.choice(THINGS)} {rng.choice(VERBS)} in "
        f"{1900 + number}, which the {rng.choice(THINGS)} committee had not foreseen."
        for _ in range(5)
    ]
    opening, closing = f"{paper} tells the town what it needs to hear.", f"{paper} was first."
    text, url = "\n".join([opening, *said, closing]), f"https://x.example/{number}"
    return Record(orjson.dumps({"text": text, "source": paper, "url": url}))


def prepared(numbers: Sequence[int]) -> list[Prepared]:
    found = STAGE.prepare([raw(n) for n in numbers])
    return [p for p in found if isinstance(p, Prepared)]


POOL = prepared(range(30))


def read(index: Index, log: Sequence[int], start: int = 0, step: int = 1) -> list[Decision]:
    offsets = range(start, start + len(log))
    values = [POOL[n].fingerprint for n in log]
    return index.observe(values, offsets, [o * step for o in offsets])


def repeated(decisions: Sequence[Decision]) -> list[int]:
    return [decision.repeated.bit_count() for decision in decisions]


def texts(log: Sequence[int], decisions: Sequence[Decision]) -> list[Outcome]:
    return STAGE.finish([POOL[n] for n in log], decisions)


def test_from_the_sixth_article_of_a_source_on_its_lines_go() -> None:
    log = range(14)
    found = read(Index(), log)
    assert repeated(found) == [0] * 10 + [2] * 4
    outcomes = [o for o in texts(log, found) if isinstance(o, tuple)]
    left = [orjson.loads(o[0].value)["text"].count(PAPERS[0]) for o in outcomes[::2]]
    assert left == [2] * 5 + [0] * 2


def test_versions_of_one_story_do_not_make_its_lines_furniture() -> None:
    text = "\n".join(orjson.loads(raw(0).value or b"")["text"].split("\n")[1:6])
    versions = [
        Article(article_id=f"{n:032x}", text=f"{text}\nUpdate {'x' * n}.", source="Harbour Post")
        for n in range(12)
    ]
    found = Index().observe(fingerprint(versions), range(12), [0] * 12)
    assert [d.dedup.status for d in found if d.dedup].count("unique") == 1
    assert repeated(found) == [0] * 12


def test_a_line_of_few_among_many_articles_is_none() -> None:
    articles = [
        Article(
            article_id=f"{n:032x}",
            text="\n".join([*orjson.loads(raw(2 * n).value or b"")["text"].split("\n")[1:6], end]),
            source="Harbour Post",
        )
        for n in range(40)
        for end in ["Weather by the coast guard" if n % 6 == 0 else "."]
    ]
    found = Index().observe(fingerprint(articles), range(40), [0] * 40)
    assert repeated(found) == [0] * 40


logs = st.lists(st.integers(0, len(POOL) - 1), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None)
@given(
    queues=st.lists(st.lists(st.integers(0, 29), max_size=20), min_size=1, max_size=4),
    turns=st.lists(st.integers(0, 3), max_size=60),
    cuts=st.lists(st.integers(1, 7), min_size=1, max_size=4),
)
def test_workers_agree_on_every_text_and_a_redelivery_gets_the_first(
    queues: list[list[int]], turns: list[int], cuts: list[int]
) -> None:
    """1..4 workers append their articles in any interleaving, and deliver some again."""
    left = [list(range(30)), *map(list, queues)]
    log = [left[turn % len(left)].pop(0) for turn in turns if left[turn % len(left)]]
    log += [n for queue in left for n in queue] + [n for queue in queues for n in queue[:3]]
    whole = texts(log, read(Index(stretch=16), log))
    for size in cuts:
        index = Index(stretch=16)
        pieces = [log[at : at + size] for at in range(0, len(log), size)]
        found = [d for n, piece in enumerate(pieces) for d in read(index, piece, n * size)]
        assert texts(log, found) == whole
    first: dict[int, Outcome] = {}
    for number, outcome in zip(log, whole, strict=True):
        assert first.setdefault(number, outcome) == outcome


@settings(max_examples=20, deadline=None)
@given(log=logs, more=logs, step=st.integers(1, 4))
@example(log=[0] * 9 + [23, 0, 0], more=[23], step=4)
def test_a_restart_from_a_snapshot_counts_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    log: list[int],
    more: list[int],
    step: int,
) -> None:
    """Kept as a worker keeps it: as soon as a generation is frozen, before others expire."""
    folder = tmp_path_factory.mktemp("snapshot")
    log = [*range(20), *log]
    index, again = (Index(window_ms=100, stretch=7) for _ in range(2))
    kept: list[Generation] = []
    for at, number in enumerate(log):
        read(index, [number], at, step)
        frozen = index.frozen
        if frozen and (not kept or frozen[-1].next_offset > kept[-1].next_offset):
            kept = frozen
    snapshot.save(kept, index.identity, LOG, folder)
    snapshot.load(folder, again, LOG)
    read(again, log[again.next_offset :], again.next_offset, step)
    assert read(again, more, len(log), step) == read(index, more, len(log), step)


@settings(max_examples=20, deadline=None)
@given(log=st.permutations(range(30)), step=st.integers(1, 4))
def test_a_reading_from_two_quarters_of_the_window_before_agrees(log: list[int], step: int) -> None:
    whole, late = (Index(window_ms=40 * step) for _ in range(2))
    found = repeated(read(whole, log, step=step)[20:])
    assert repeated(read(late, log[10:], 10, step)[10:]) == found
    assert any(found)


def test_what_two_quarters_of_the_window_did_not_see_is_forgotten() -> None:
    index = Index(window_ms=400)
    values = [p.fingerprint for p in POOL[::2]]
    assert repeated(index.observe(values[:6], range(6), [99] * 6)) == [0] * 5 + [2]
    assert repeated(index.observe(values[6:8], range(6, 8), [150, 350])) == [2, 0]


def test_the_least_counted_and_oldest_gives_way() -> None:
    counts = no_counts(BUCKET)
    keys = [np.uint64(n << 30) for n in range(1, BUCKET + 3)]
    for key in [*keys[:2], *keys[:2], *keys[2:]]:
        _count(counts.slots[0], key)
    found = [_counted(counts, key) for key in keys]
    assert found == [2, 2, 0, 0, *[1] * (BUCKET - 2)]


def test_memory_is_the_same_after_any_number_of_lines() -> None:
    index = Index()
    before = sum(array.nbytes for array in index._counts)
    articles = [
        Article(article_id=f"{n:032x}", text="x" * n + "\n".join(THINGS), source="s")
        for n in range(99)
    ]
    index.observe(fingerprint(articles), range(99), [0] * 99)
    assert sum(array.nbytes for array in index._counts) == before


def test_a_snapshot_keeps_the_counts_of_its_last_generation_only(tmp_path: Path) -> None:
    index = Index(stretch=4)
    read(index, range(14))
    assert [g.counts is not None for g in index.frozen] == [False, False, True]
    snapshot.save(index.frozen, index.identity, LOG, tmp_path)
    again = Index(stretch=4)
    snapshot.load(tmp_path, again, LOG)
    assert np.array_equal(again._counts.slots.sum(1) > 0, [True, False])
