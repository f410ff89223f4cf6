"""Decisions over the fingerprint log: exact and near copies, replays, bad values."""

from collections.abc import Sequence

import orjson
import pytest

from streams.records import Article, Dedup
from streams.stages.contract import DeadLetter, Emission
from streams.stages.dedup import Decision, Index, fingerprint, finish
from streams.stages.dedup.value import MAX_BYTES, unpack

STORY = """The harbour council voted on Tuesday to close the old fish market by the end of June.
Traders said they had been given no warning and would ask a court to stop the plan.
"We have sold here since my grandfather's time," said Ana Duarte, who runs a stall by the gate.
The mayor, Pedro Lima, said the roof was unsafe and repairs would cost nine million euros.
Engineers found cracks in four of the twelve pillars after a storm in February.
A new hall is planned two kilometres north, beside the railway station, but has no date yet.
Fishing crews fear that buyers will go to the larger market at Porto Velho instead.
The council will hold a public meeting in the town hall on Friday evening."""
OTHER = """Scientists at the observatory said the comet will be visible by eye alone next week.
It passes closest to the sun on Sunday and should be brightest just before dawn.
The last comet as bright as this one was seen from the island eleven years ago.
Schools plan to open their playgrounds early so that children can watch it rise."""


def article(text: str, number: int = 1) -> Article:
    return Article(article_id=f"{number:032x}", text=text)


def observe(index: Index, articles: Sequence[Article], start: int = 0) -> list[Decision]:
    offsets = range(start, start + len(articles))
    return index.observe(fingerprint(articles), offsets, [1_000 * o for o in offsets])


def dedups(articles: Sequence[Article]) -> list[Dedup]:
    return [d.dedup for d in observe(Index(), articles) if d.dedup is not None]


def test_a_first_article_is_unique_and_its_own_cluster() -> None:
    [dedup] = dedups([article(STORY)])
    assert dedup == Dedup(status="unique", cluster_id=f"{1:032x}")


def test_an_exact_copy_in_other_case_and_spacing_is_a_duplicate() -> None:
    _, copy = dedups([article(STORY), article(STORY.upper().replace("\n", "  "), 2)])
    assert (copy.status, copy.of, copy.cluster_id) == ("duplicate", f"{1:032x}", f"{1:032x}")
    assert copy.matches[0].similarity == 1.0


def test_an_abridged_copy_is_a_duplicate_either_way_round() -> None:
    short = "\n".join(STORY.split("\n")[:5])
    for first, second in ((STORY, short), (short, STORY)):
        _, copy = dedups([article(first), article(second, 2)])
        assert copy.status == "duplicate"
        assert copy.matches[0].relation == "abridged"


def test_another_story_is_unique() -> None:
    _, other = dedups([article(STORY), article(OTHER, 2)])
    assert other.status == "unique"
    assert other.matches == []


def test_a_redelivered_article_gets_its_first_answer() -> None:
    index = Index()
    first = observe(index, [article(STORY), article(STORY, 2)])
    again = observe(index, [article(STORY, 2), article(STORY)], start=2)
    assert [d.dedup for d in again] == [first[1].dedup, first[0].dedup]
    assert [d.offset for d in again] == [2, 3]


def test_a_duplicate_of_a_duplicate_points_at_the_article_that_was_delivered() -> None:
    third = dedups([article(STORY), article(STORY, 2), article(STORY, 3)])[2]
    assert third.of == f"{1:032x}"


@pytest.mark.parametrize("text", ["", "???", "one", "two words", "日本の首相は火曜日に辞任した。"])
def test_odd_texts_have_a_small_value_and_match_their_copy_only(text: str) -> None:
    [value] = fingerprint([article(text)])
    assert len(value) < MAX_BYTES
    assert unpack(value) is not None
    _, other, copy = dedups([article(text), article(OTHER, 2), article(text, 3)])
    assert (other.status, copy.status) == ("unique", "duplicate")


def test_the_value_of_a_long_article_stays_small() -> None:
    [value] = fingerprint([article(" ".join(f"word{n}" for n in range(20_000)))])
    assert len(value) < MAX_BYTES - 64


def test_a_fingerprint_does_not_depend_on_its_batch() -> None:
    pair = [article(STORY), article(OTHER, 2)]
    assert fingerprint(pair) == fingerprint(pair[:1]) + fingerprint(pair[1:])


@pytest.mark.parametrize("cut", [0, 1, 20, 100])
def test_bad_values_are_skipped_and_change_nothing(cut: int) -> None:
    [value] = fingerprint([article(STORY)])
    foreign = value[:2] + bytes([99]) + value[3:]
    index = Index()
    decisions = index.observe([value[:cut], foreign, b"\xff" * cut, value], range(4), [0] * 4)
    assert [d.skipped for d in decisions] == [True, True, True, False]
    assert decisions[3].dedup == Dedup(status="unique", cluster_id=f"{1:032x}")


def test_a_value_over_the_limit_is_skipped() -> None:
    [value] = fingerprint([article(STORY)])
    long = value + b"\xc8" + MAX_BYTES.to_bytes(2, "little") + bytes(MAX_BYTES)
    assert Index().observe([long], [0], [0])[0].skipped


def test_unknown_sections_are_skipped() -> None:
    [value] = fingerprint([article(STORY)])
    extended = unpack(value + b"\xc8\x03\x00abc")
    assert extended is not None
    assert extended.sections[200] == b"abc"
    assert unpack(value + b"\xc8\x09\x00abc") is None


def test_unique_and_duplicate_go_to_their_topics() -> None:
    articles = [article(STORY), article(STORY, 2)]
    outcomes = [finish(a, d) for a, d in zip(articles, observe(Index(), articles), strict=True)]
    emissions = [o[0] for o in outcomes if not isinstance(o, DeadLetter)]
    assert [e.topic for e in emissions] == ["news.unique", "news.duplicates"]
    assert [e.key for e in emissions] == [a.article_id.encode() for a in articles]
    assert orjson.loads(emissions[0].value)["dedup"]["status"] == "unique"
    assert orjson.loads(emissions[1].value)["of"] == f"{1:032x}"
    assert isinstance(emissions[0], Emission)


def test_a_skipped_value_is_a_dead_letter() -> None:
    assert isinstance(finish(article(STORY), Decision(0, None)), DeadLetter)


def test_the_index_says_how_much_it_holds_and_how_often_it_compared() -> None:
    index = Index(window_ms=5_000)
    observe(index, [article(STORY), article(OTHER, 2), article(STORY, 3)])
    assert index.compared[:2] == [2, 1]
    assert (index.articles, index.reach_ms) == (3, 2_000)
    observe(index, [article(OTHER, 4)], start=20)
    assert index.reach_ms == 5_000
    assert index.compared[:2] == [3, 1]
