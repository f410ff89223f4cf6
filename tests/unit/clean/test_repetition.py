import random

from hypothesis import given
from hypothesis import strategies as st

from streams.records import Article
from streams.stages.clean import RawArticle, clean
from streams.stages.clean.repetition import (
    HEAD_LINES,
    TAIL_LINES,
    LineCounts,
    carried,
    edge_lines,
    line_hash,
    source_hash,
)

POST = source_hash("Harbour Post")
LOG = st.lists(st.tuples(st.integers(1, 3), st.lists(st.integers(1, 6), max_size=4)), max_size=60)


def counted(log: list[tuple[int, list[int]]], start: int = 0) -> LineCounts:
    counts = LineCounts(epoch_offsets=8, most_lines=1000)
    for offset, (source, lines) in enumerate(log):
        if offset >= start:
            counts.observe(offset, source, sorted(set(lines)))
    return counts


def table(counts: LineCounts) -> list[list[int]]:
    return [counts.articles(source, range(7)) for source in (1, 2, 3)]


@given(LOG)
def test_a_worker_that_starts_two_epochs_before_has_the_same_counts(
    log: list[tuple[int, list[int]]],
) -> None:
    epoch = (len(log) - 1) // 8
    assert table(counted(log, max(0, (epoch - 2) * 8))) == table(counted(log))


@given(LOG, st.integers(0, 7))
def test_what_holds_for_an_offset_does_not_depend_on_its_own_epoch(
    log: list[tuple[int, list[int]]], cut: int
) -> None:
    whole = len(log) // 8 * 8
    some = counted(log[: whole + min(cut, len(log) - whole)])
    some.advance(whole)
    full = counted(log)
    full.advance(whole)
    assert table(some) == table(full)


def test_memory_is_bounded() -> None:
    counts = LineCounts(epoch_offsets=1000, most_lines=50)
    rng = random.Random(1)  # noqa: S311 - no secret
    for offset in range(5000):
        counts.observe(offset, POST, [rng.randrange(1, 2**32) for _ in range(12)])
    assert sum(map(len, [*counts._closed, counts._open])) <= 150


def test_a_line_of_many_articles_of_one_source_is_furniture() -> None:
    counts = LineCounts(epoch_offsets=10)
    for offset in range(10):
        counts.observe(offset, POST, [line_hash("Buy our 2024 calendar")])
    assert not counts.is_furniture("Harbour Post", "Buy our 2025 calendar")
    counts.advance(10)
    assert counts.is_furniture("Harbour Post", "BUY our 2025  calendar")
    assert not counts.is_furniture("Delta News", "Buy our 2025 calendar")
    assert not counts.is_furniture("Harbour Post", "Rain fell.")
    counts.advance(40)
    assert not counts.is_furniture("Harbour Post", "Buy our 2025 calendar")


def test_a_line_of_few_among_many_articles_is_none() -> None:
    counts = LineCounts(epoch_offsets=100)
    for offset in range(100):
        counts.observe(offset, POST, [7] if offset < 10 else [])
    counts.advance(100)
    assert counts.articles(POST, [7, 0]) == [10, 100]


def test_only_short_lines_at_the_edges_are_carried() -> None:
    lines = [f"line x{'x' * at}" for at in range(30)]
    assert edge_lines("\n\n".join(lines)) == lines[:HEAD_LINES] + lines[-TAIL_LINES:]
    assert edge_lines("y" * 500 + "\nshort") == ["short"]
    assert carried(None, "a") is None
    assert carried("s", "a\nA\nb") == (source_hash("s"), sorted({line_hash("a"), line_hash("b")}))


def test_clean_takes_out_what_the_evidence_names_at_the_edges_only() -> None:
    class Evidence:
        def is_furniture(self, source: str, line: str) -> bool:
            return (source, line) == ("Harbour Post", "Buy our calendar")

    body = "Rain fell on the coast on Monday.\nThe port was closed until noon."
    raw = RawArticle(text=f"{body}\nBuy our calendar", source="Harbour Post")
    other = RawArticle(text=raw.text, source="Delta News")
    first, second = clean([raw, other], Evidence())
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert first.text == body
    assert first.removed[-1].reason == "navigation"
    assert second.text == raw.text
