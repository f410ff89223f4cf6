from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.records import Article
from streams.stages.clean import RawArticle, clean, without_repeated
from streams.stages.clean.edits import apply, are_valid
from streams.stages.clean.repetition import HEAD_LINES, TAIL_LINES, carried

ALL = (1 << 12) - 1
NAMES = "alder birch cedar maple olive poplar rowan spruce walnut willow".split()


def article(text: str, source: str | None = "Harbour Post", url: str | None = None) -> Article:
    return Article(article_id="0" * 32, text=text, source=source, url=url)


def lines_of(text: str) -> set[bytes]:
    value = carried(article(text)) or b"    "
    return {value[at : at + 4] for at in range(4, len(value), 4)}


def test_only_short_lines_at_the_edges_are_carried() -> None:
    lines = [f"{a} {b}" for a in NAMES for b in NAMES[:3]]
    edges = "\n".join(lines[:HEAD_LINES] + lines[-TAIL_LINES:])
    assert lines_of("\n\n".join(lines)) == lines_of(edges)
    assert len(lines_of(edges)) == HEAD_LINES + TAIL_LINES
    assert lines_of("y" * 500 + "\nshort") == lines_of("short")


def test_case_numbers_and_spaces_make_no_other_line() -> None:
    assert lines_of("Buy our 2024  calendar") == lines_of("BUY our 25 calendar")
    assert lines_of("Buy our calendar") != lines_of("Buy our calendars")


def test_lines_without_a_word_are_not_carried() -> None:
    assert carried(article("12 - 3\n____\nA1")) is None


def test_a_source_is_a_name_or_else_the_host_of_the_address() -> None:
    named = carried(article("a line", "Harbour Post"))
    hosts = [carried(article("a line", None, f"https://{h}.example/{h}")) for h in ("a", "a", "b")]
    assert carried(article("a line", None)) is None
    assert hosts[0] == hosts[1] != hosts[2]
    assert named == carried(article("a line", "HARBOUR post"))


def test_a_repeated_line_goes_and_the_dateline_under_it_is_read() -> None:
    body = "LISBON (Lusa) -- Rain fell on the coast on Monday.\nThe port was closed until noon."
    text = f"Voices of the harbour\nA free paper\nOf and for the town\n{body}"
    known = sorted(lines_of(text), key=lambda line: int.from_bytes(line, "little"))
    bits = sum(1 << bit for bit, line in enumerate(known) if line not in lines_of(body))
    assert article(text).place is None
    found = without_repeated(article(text), bits)
    assert (found.text, found.place, found.agency) == (body, "LISBON", "Lusa")
    assert {removed.reason for removed in found.removed} == {"repeated"}


def test_an_article_of_nothing_else_stays() -> None:
    alone = article("Buy our calendar\nGood night")
    assert without_repeated(alone, ALL) == alone


@pytest.mark.parametrize(("bits", "left"), [(1, "The rain fell.<"), (2, ">It was late.")])
def test_a_cut_inside_of_replaced_entities_keeps_the_others(bits: int, left: str) -> None:
    raw = "The rain fell.&lt;&#10;&gt;It was late."
    [first] = clean([RawArticle(text=raw)])
    assert isinstance(first, Article)
    found = without_repeated(first, bits)
    assert found.text == left
    assert apply(raw, [(r.start, r.end, r.reason, r.replacement) for r in found.removed]) == left


LINES = st.lists(
    st.text(st.sampled_from("ab Z.\r\t<>/&amp;é\u200b"), max_size=12)
    | st.sampled_from(
        ["<p>one two</p>", "&amp;&amp;&#10;&#10;&lt;", "By Ana Reis", "Related Links"]
    ),
    max_size=16,
)


@given(LINES, st.integers(0, ALL))
def test_the_removed_spans_of_the_raw_text_give_the_text(lines: list[str], bits: int) -> None:
    raw = RawArticle(text="date 2031-03-09 \n" + "\r\n".join([*lines, "It ended."]), source="s")
    [first] = clean([raw])
    assert isinstance(first, Article)
    found = without_repeated(first, bits)
    edits = [(r.start, r.end, r.reason, r.replacement) for r in found.removed]
    assert are_valid(edits, len(raw.text))
    assert apply(raw.text, edits) == found.text
    left = set(found.text.split("\n"))
    assert left <= {*first.text.split("\n"), ""}
    assert replace(found, text="", removed=[], place=None, agency=None) == replace(
        first, text="", removed=[], place=None, agency=None
    )
