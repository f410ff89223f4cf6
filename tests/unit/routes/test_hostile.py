"""Routes that someone wrote to break the parser, and names that break a broker."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.records import Article
from streams.stages.routes import Change, InvalidRoute, RouteBook, RouteTable, decode, encode, route
from streams.stages.routes.conditions import MAX_CLAUSES, MAX_DEPTH, Condition, ConditionError
from streams.stages.routes.form import from_json, to_json
from streams.stages.routes.parser import parse
from streams.stages.routes.printer import print_condition
from tests.unit.routes.conditions import conditions

_SCRAPS = st.sampled_from(
    [*'()[]",=:\\ ', "AND", " OR ", " NOT ", "phrase:", "near:", "in=", '"a b"', "count=1"]
)
lines = st.lists(_SCRAPS | st.text(max_size=4), max_size=20).map("".join)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
names = st.sampled_from(["all", "any", "none", "phrase", "near", "count", "subject"])
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(names, v, max_size=3)
)


@given(lines)
def test_any_line_is_a_condition_or_an_error_with_a_column(line: str) -> None:
    try:
        found = parse(line)
    except ConditionError as error:
        assert "column " in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert parse(print_condition(found)) == found
        assert decode(encode(route("r", line))).condition == found


@given(values)
def test_any_json_is_a_condition_or_an_error(value: object) -> None:
    try:
        found = from_json(value)
    except ConditionError:
        return
    assert from_json(to_json(found)) == found


@given(conditions)
def test_line_json_and_bytes_tell_the_same(condition: Condition) -> None:
    made = route("r", condition)
    assert decode(encode(made)) == made
    assert route("r", print_condition(made.condition)) == made


@pytest.mark.parametrize("group", ["none", "all", "any"])
def test_as_deep_as_json_may_nest_the_line_may_too_and_no_deeper(group: str) -> None:
    other = {"none": "none", "all": "any", "any": "all"}[group]
    tree: object = {"phrase": "a"}
    for level in range(MAX_DEPTH):
        tree = {(group, other)[level % 2]: [tree, {"phrase": f"b{level}"}]}
    found = from_json(tree)
    assert parse(print_condition(found)) == found
    line = print_condition(found)
    with pytest.raises(InvalidRoute, match="nested deeper"):
        decode(json.dumps({"slug": "r", "condition": {other: [tree, {"phrase": "c"}]}}).encode())
    with pytest.raises(ConditionError, match="nested deeper"):
        parse(f"phrase:x AND (phrase:y OR {line})" if group == "all" else f"NOT ({line})")


def test_long_lines_many_clauses_and_huge_phrases() -> None:
    line = " OR ".join(f'phrase:"word{number} next"' for number in range(MAX_CLAUSES))
    assert len(line) > 10_000
    assert RouteTable.of([route("r", line)]).match(Article(article_id="1", text="Word7 next."))
    with pytest.raises(ConditionError, match=f"more than {MAX_CLAUSES} clauses"):
        parse(line + " OR phrase:x")
    with pytest.raises(ConditionError, match="column 8"):
        parse('phrase:"' + "a" * 201 + '"')
    with pytest.raises(ConditionError, match=r"column 12001: .*\n  .{10,110}\n +\^"):
        parse("phrase:a OR " * 1_000 + "colour:red")


def test_what_looks_like_a_pattern_is_taken_literally() -> None:
    table = RouteTable.of([route("r", 'phrase:"a.*b" OR phrase:"(x|y)+"')])
    assert table.match(Article(article_id="1", text="aaab, xyxy")) == []
    assert table.match(Article(article_id="1", text="say a.*b"))


@pytest.mark.parametrize(
    "value",
    [
        b'{"slug": "r", "condition": "phrase:a", "slug": "r"}',
        b'{"slug": "r", "condition": {"phrase": "a", "phrase": "b"}}',
        b'{"slug": "r", "condition": "phrase:\\"\\\\ud800\\""}',
        b'{"slug": "r", "condition": "phrase:a", "enabled": "yes"}',
        b"[" * 5_000,
        b"\xff",
        b"",
        b"null",
    ],
)
def test_records_that_are_refused(value: bytes) -> None:
    with pytest.raises(InvalidRoute):
        decode(value)


def test_text_that_is_not_utf8_is_refused_by_the_command_too() -> None:
    with pytest.raises(ConditionError, match="UTF-8"):
        parse("phrase:\udcff")
    with pytest.raises(InvalidRoute, match="UTF-8"):
        route("r", "phrase:a", title="\udcff")


@pytest.mark.parametrize("slug", ["..", ".", "-", "_._", "a" * 239, "../x", "a\n", "\uff41"])
def test_slugs_that_are_refused(slug: str) -> None:
    with pytest.raises(InvalidRoute):
        route(slug, "phrase:a")


@pytest.mark.parametrize("topic", ["news.ops", "news_raw", "news.topic.x/y", "a" * 250, "."])
def test_topics_that_are_refused(topic: str) -> None:
    with pytest.raises(InvalidRoute):
        route("r", "phrase:a", topic=topic)


def test_a_tombstone_of_a_route_that_never_was_changes_nothing() -> None:
    book = RouteBook()
    assert book.apply([Change(0, b"ghost", None), Change(1, b"..", None)]) == []
    assert (book.version, book.table().routes()) == (2, [])
