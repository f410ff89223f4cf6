"""Answers are a function of the log: not of batches, workers, deliveries or restarts."""

import fcntl
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.records import Article, Dedup
from streams.stages.dedup import Decision, Index, fingerprint, snapshot

SENTENCES = [
    f"The {a} of {p} {v} on {d} after {n} weeks of talks with the {o} about the {t}."
    for a, p, v, d, n, o, t in zip(
        "council mayor bishop owner pilots miners nurses farmers singers judges".split(),
        "Alvor Brena Corda Dalmo Estra Fonte Garda Horta Ilhas Jonca".split(),
        "resigned voted agreed marched returned appealed struck paid sued won".split(),
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Easter Christmas May".split(),
        "two three four five six seven eight nine ten eleven".split(),
        "ministry union buyers bank guards port railway army church press".split(),
        "bridge budget wages tunnel harvest library stadium tariff archive ferry".split(),
        strict=True,
    )
]


LOG = "news.fingerprints"


def save(index: Index, folder: Path) -> int:
    return snapshot.save(index.frozen, index.identity, LOG, folder)


def text(picks: Sequence[int]) -> str:
    return "\n".join(SENTENCES[p] for p in picks)


ARTICLES = [
    Article(article_id=f"{n:032x}", text=text(picks), url=f"https://example.org/{n % 7}")
    for n, picks in enumerate(
        [
            range(8),
            range(8),
            range(5),
            [9, *range(2, 8)],
            [9, 8, 7],
            [7, 8, 9],
            [0],
            [9, 1, 9, 3, 9, 5, 9],
            range(10),
            [3],
        ]
    )
]
REVISED = Article(
    article_id=f"{0:032x}", text=text([8, 9, 2, 3, 4, 5]), url="https://example.org/0"
)
POOL = [*ARTICLES, REVISED]


@cache
def value(number: int) -> bytes:
    return fingerprint([POOL[number]])[0]


def answers(index: Index, log: Sequence[int], start: int = 0, step: int = 1) -> list[Decision]:
    values = [value(n) for n in log]
    offsets = range(start, start + len(log))
    return index.observe(values, offsets, [o * step for o in offsets])


logs = st.lists(st.integers(0, len(POOL) - 1), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(log=logs, cuts=st.lists(st.integers(0, 40), max_size=6))
def test_the_cut_into_batches_changes_no_answer(log: list[int], cuts: list[int]) -> None:
    index = Index()
    whole = answers(Index(), log)
    edges = sorted({0, len(log), *(c for c in cuts if c < len(log))})
    pieces = [answers(index, log[a:b], a) for a, b in pairwise(edges)]
    assert [d for piece in pieces for d in piece] == whole


@settings(max_examples=40, deadline=None)
@given(
    queues=st.lists(st.lists(st.integers(0, len(POOL) - 1), max_size=8), min_size=1, max_size=4),
    turns=st.lists(st.integers(0, 3), max_size=40),
)
def test_workers_agree_and_every_story_is_unique_once(
    queues: list[list[int]], turns: list[int]
) -> None:
    """1..4 workers append their articles in any interleaving, and deliver some again."""
    log: list[int] = []
    left = [list(q) for q in queues]
    log += [left[turn % len(left)].pop(0) for turn in turns if left[turn % len(left)]]
    log += [n for q in left for n in q] + [n for q in queues for n in q[:2]]
    decided = [[d.dedup for d in answers(Index(), log)] for _ in queues]
    assert all(answer == decided[0] for answer in decided)
    first: dict[int, Dedup | None] = {}
    for number, dedup in zip(log, decided[0], strict=True):
        assert first.setdefault(number, dedup) == dedup
    copies = [first[n] for n in (0, 1) if n in first]
    assert sum(d.status == "unique" for d in copies if d and not d.matches) <= 1


@settings(max_examples=30, deadline=None)
@given(log=logs, more=logs)
def test_a_restart_from_a_snapshot_changes_no_answer(
    tmp_path_factory: pytest.TempPathFactory, log: list[int], more: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("snapshot")
    index, again = Index(stretch=5), Index(stretch=5)
    before = answers(index, log)
    save(index, folder)
    if index.frozen:
        snapshot.load(folder, again, LOG)
    assert again.next_offset == (index.frozen[-1].next_offset if index.frozen else 0)
    left = answers(again, log[again.next_offset :], again.next_offset)
    assert left == before[len(log) - len(left) :]
    assert answers(again, more, len(log)) == answers(index, more, len(log))


@settings(max_examples=30, deadline=None)
@given(log=logs)
def test_the_size_of_generations_changes_no_answer(log: list[int]) -> None:
    small = Index(stretch=3)
    found = answers(small, log)
    assert found == answers(Index(), log)
    assert len(small.generations) >= small.end // 3


def test_twins_at_once_are_one_unique_and_one_duplicate() -> None:
    statuses = [d.dedup.status for d in answers(Index(), [0, 1]) if d.dedup]
    assert statuses == ["unique", "duplicate"]


def test_a_revision_at_the_same_address_is_compared_with_the_first_version() -> None:
    revised = answers(Index(), [0, 10])[1].dedup
    assert revised is not None
    assert [m.article_id for m in revised.matches] == [ARTICLES[0].article_id]


def test_after_the_window_an_article_is_new_again() -> None:
    index = Index(window_ms=1_000)
    values = [value(0), value(1), value(0), value(1)]
    found = index.observe(values, range(4), [0, 999, 1_000, 1_001])
    assert [d.dedup.status for d in found if d.dedup] == [
        "unique",
        "duplicate",
        "unique",
        "duplicate",
    ]
    assert found[3].dedup == found[1].dedup


def test_the_clock_is_the_latest_arrival_and_never_goes_back() -> None:
    index = Index(window_ms=1_000)
    found = index.observe([value(0), value(6), value(1)], range(3), [0, 5_000, 10])
    assert [d.dedup.status for d in found if d.dedup] == ["unique", "unique", "unique"]


def test_the_window_is_bounded_by_count_too() -> None:
    index = Index(max_articles=2)
    statuses = [d.dedup.status for d in answers(index, [0, 6, 9, 1]) if d.dedup]
    assert statuses[3] == "unique"
    statuses = [d.dedup.status for d in answers(Index(max_articles=4), [0, 6, 9, 1]) if d.dedup]
    assert statuses[3] == "duplicate"


def test_expired_generations_leave_memory() -> None:
    index = Index(window_ms=3, stretch=2)
    for start in range(5):
        answers(index, [0, 6, 9, 4, 5], start * 5, 2)
    assert len(index.generations) <= 3


DAMAGES = ["manifest", "flip", "cut", "gone", "window", "log"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_bad_snapshot_is_ignored_with_a_reason(tmp_path: Path, damage: str) -> None:
    index = Index()
    answers(index, [0, 1, 2])
    index.open_generation()
    save(index, tmp_path)
    [data] = tmp_path.glob("*.bin")
    body = bytearray(data.read_bytes())
    if damage == "manifest":
        (tmp_path / snapshot.MANIFEST).write_bytes(b"{}")
    elif damage == "flip":
        body[100] ^= 1
        data.write_bytes(body)
    elif damage == "cut":
        data.write_bytes(body[:-64])
    elif damage == "gone":
        data.unlink()
    again = Index(window_ms=5) if damage == "window" else Index()
    with pytest.raises(snapshot.SnapshotError):
        snapshot.load(tmp_path, again, "another" if damage == "log" else LOG)
    assert (again.end, again.next_offset) == (0, 0)
    assert answers(again, [0, 1])[1].dedup is not None


def test_a_frozen_generation_is_written_once_and_an_expired_one_removed(
    tmp_path: Path,
) -> None:
    index = Index(window_ms=3, stretch=2)
    answers(index, [0, 6, 9])
    assert save(index, tmp_path) > 0
    assert save(index, tmp_path) == 0
    answers(index, [4, 5, 7, 8, 2], 3)
    save(index, tmp_path)
    left = {f"{g.first_offset}-{g.next_offset}.bin" for g in index.frozen}
    assert {path.name for path in tmp_path.glob("*.bin")} == left
    assert "0-2.bin" not in left
    again = Index(window_ms=3, stretch=2)
    snapshot.load(tmp_path, again, LOG)
    assert snapshot.reach(tmp_path, again.identity, LOG) == (again.next_offset, again.last_value)
    assert again.end == sum(g.length for g in index.frozen)


def test_nothing_is_written_while_another_process_writes(tmp_path: Path) -> None:
    index = Index()
    answers(index, [0, 6, 9])
    index.open_generation()
    with (tmp_path / snapshot.LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert save(index, tmp_path) == 0
    assert save(index, tmp_path) > 0
