import json
import re
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from streams.stages.routes import (
    InvalidRoute,
    builtin_routes,
    decode,
    encode,
    read_file,
    read_routes,
    route,
)
from streams.stages.routes.conditions import (
    MAX_DEPTH,
    All,
    AnyOf,
    Condition,
    ConditionError,
    EntityNamed,
    HasPhrase,
    NoneOf,
    SourceIs,
    SubjectIs,
    simplify,
)
from streams.stages.routes.form import from_json, to_json
from streams.stages.routes.parser import MAX_NESTED, parse
from streams.stages.routes.printer import print_condition
from streams.stages.routes.slugs import collides
from tests.unit.routes.conditions import conditions

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "schemas" / "route.v1.schema.json").read_text("utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_example_of_the_docs_parses_to_its_tree() -> None:
    line = (
        'subject:medtop:16000000 AND (entity:"Iran" OR phrase:"ballistic missile") NOT source:afp'
    )
    tree = All(
        (
            SubjectIs(subject="medtop:16000000"),
            AnyOf((EntityNamed(entity="Iran"), HasPhrase(phrase="ballistic missile"))),
            NoneOf((SourceIs(source="afp"),)),
        )
    )
    assert parse(line) == tree
    assert print_condition(tree) == line.replace(" NOT", " AND NOT")


@given(conditions)
def test_the_line_of_a_condition_parses_to_it(condition: Condition) -> None:
    assert parse(print_condition(condition)) == simplify(condition)


@given(conditions)
def test_the_json_of_a_condition_reads_as_it_and_fits_the_schema(condition: Condition) -> None:
    written = orjson.loads(orjson.dumps(to_json(condition)))
    assert from_json(written) == simplify(condition)
    VALIDATOR.validate({"slug": "s", "condition": written})


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ('phrase:"a" phrase:b', 12, "expected AND, OR, NOT or the end"),
        ("phrase:tank AND colour:red", 17, "expected one of"),
        ('phrase:tank AND phrase:"abc', 24, "not closed"),
        ("(phrase:tank OR phrase:gun", 27, "to close the one at column 1"),
        ("phrase:tank[count=0]", 13, ">= 1"),
        ("phrase:tank[count]", 18, "expected '='"),
        ("phrase:tank[colour=red]", 13, "unknown field"),
        ("subject:medtop:1", 9, "medtop"),
        ('phrase:"?!"', 8, "1 to 20 words"),
        ("near:a,A", 6, "same phrase twice"),
        ("dedup:duplicate", 7, "Invalid enum value"),
        ("phrase:tank OR", 15, "expected one of"),
        ("phrase:", 8, "expected a value"),
        ("", 1, "expected one of"),
        ("(" * (MAX_NESTED + 1) + "phrase:a", MAX_NESTED + 1, "nested deeper"),
    ],
)
def test_an_error_points_at_its_column(line: str, column: int, says: str) -> None:
    with pytest.raises(ConditionError, match=re.escape(says)) as caught:
        parse(line)
    message, shown, pointer = str(caught.value).split("\n")
    assert message.startswith(f"column {column}:")
    assert shown == "  " + line
    assert pointer.index("^") == column + 1


def test_an_error_in_several_lines_names_the_line() -> None:
    with pytest.raises(ConditionError, match=r"line 2, column 4: expected one of"):
        parse("phrase:a\nOR colour:red")


def test_or_binds_less_than_and() -> None:
    assert parse("source:a OR source:b NOT source:c") == AnyOf(
        (SourceIs(source="a"), All((SourceIs(source="b"), NoneOf((SourceIs(source="c"),)))))
    )


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ('phrase:"a"[conut=2]', 12, "conut"),
        ('phrase:"a"[case=exact count=0]', 23, ">= 1"),
        ('phrase:"a"[in=title,body]', 12, "body"),
        ('phrase:"a"[count=2 count=3]', 20, "twice"),
        ('phrase:"a"[phrase=b]', 12, "twice"),
        ("subject:medtop:16000000[children=maybe]", 25, "bool"),
        ("subject:16000000[children=no]", 9, "medtop"),
    ],
)
def test_the_error_points_at_the_option_that_is_wrong(line: str, column: int, says: str) -> None:
    with pytest.raises(ConditionError, match=rf"^column {column}: .*{says}") as caught:
        parse(line)
    assert "$" not in str(caught.value).split("\n")[0].replace("{8}$", "")
    assert str(caught.value).split("\n")[2] == " " * (column + 1) + "^"


@pytest.mark.parametrize(
    "condition",
    [
        {"phrase": "a", "source": "b"},
        {"phrase": "a", "colour": "red"},
        {"phrase": 7},
        {"phrase": "!"},
        {"all": []},
        {"all": [{"phrase": "a"}], "note": "x"},
        {"any": {"phrase": "a"}},
        {"near": ["a"]},
        {"subject": "medtop:1"},
        {"entity": "a", "count": 0},
        {"confidence": 0.5},
        [],
        None,
    ],
)
def test_a_bad_tree_is_refused_by_the_code_and_by_the_schema(condition: object) -> None:
    with pytest.raises(InvalidRoute, match=r"condition|column"):
        decode(orjson.dumps({"slug": "s", "condition": condition}))
    assert not VALIDATOR.is_valid({"slug": "s", "condition": condition})


def test_a_tree_nested_too_deep_is_refused() -> None:
    condition: object = {"phrase": "a"}
    for _ in range(MAX_DEPTH + 1):
        condition = {"none": [condition]}
    with pytest.raises(InvalidRoute, match="nested deeper"):
        decode(orjson.dumps({"slug": "s", "condition": condition}))


@pytest.mark.parametrize(
    ("slug", "topic"),
    [
        ("", None),
        ("a b", None),
        ("ä", None),
        ("a/b", None),
        ("a" * 250, None),
        ("ok", ".."),
        ("ok", "news.raw"),
        ("ok", "news.dlq"),
        ("ok", "news.unrouted"),
        ("ok", "__consumer_offsets"),
    ],
)
def test_names_that_kafka_or_we_refuse(slug: str, topic: str | None) -> None:
    with pytest.raises(InvalidRoute):
        route(slug, "phrase:a", topic=topic)


def test_topics_that_differ_only_in_dots_collide() -> None:
    assert collides("news.topic.a_b", "news.topic.a.b")
    assert not collides("news.topic.a", "news.topic.a")


def test_a_route_has_defaults_and_survives_its_bytes() -> None:
    made = route("iran", 'phrase:"iran"')
    assert (made.topic, made.title, made.enabled) == ("news.topic.iran", "iran", True)
    assert decode(encode(made)) == made
    VALIDATOR.validate(orjson.loads(encode(made)))


def test_the_built_in_routes_fit_the_schema_and_never_collide() -> None:
    routes = builtin_routes()
    slugs = [made.slug for made in routes]
    assert "defence" in slugs
    assert len(slugs) == len(set(slugs)) >= 30
    for made in routes:
        VALIDATOR.validate(orjson.loads(encode(made)))
        assert parse(print_condition(made.condition)) == made.condition


@pytest.mark.parametrize(
    "text",
    [
        '{"slug": "a", "condition": "phrase:x"}\n{"slug": "b", "condition": {"source": "y"}}\n',
        '[{"slug": "a", "condition": "phrase:x"}, {"slug": "b", "condition": {"source": "y"}}]',
        "[[route]]\nslug='a'\ncondition='phrase:x'\n[[route]]\nslug='b'\ncondition='source:y'\n",
    ],
)
def test_files_of_routes_in_three_formats(text: str) -> None:
    assert read_routes(text) == [route("a", "phrase:x"), route("b", "source:y")]


def test_a_bad_route_in_a_file_is_named() -> None:
    with pytest.raises(InvalidRoute, match=r"route 2 \(b\): column 1"):
        read_routes('[{"slug": "a", "condition": "phrase:x"}, {"slug": "b", "condition": "x"}]')


def test_json_lines_may_hold_other_ends_of_lines() -> None:
    made = route("a", 'phrase:"x"', title="one\u2028two\x85three")
    assert read_routes(f"{encode(made).decode()}\n\r\n") == [made]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"slug": "a", "condition": "phrase:x"}\n{"slug":', "line 2: not JSON"),
        ('{"slug": "a", "condition": "phrase:x"}\n' * 2, "route 2: a second route a"),
        ("[[routes]]\nslug='a'\ncondition='phrase:x'\n", r"only \[\[route\]\] .* found routes"),
        ("[route]\nslug='a'\ncondition='phrase:x'\n", r"only \[\[route\]\]"),
        ('"x"', "not a file of routes"),
        ("[" * 3_000, "not a file of routes"),
    ],
)
def test_a_file_that_is_none_of_routes_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidRoute, match=says):
        read_routes(text)


def test_errors_of_a_file_name_it(tmp_path: Path) -> None:
    path = tmp_path / "desk.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"slug": "a", "condition": "phrase:x"}')
    assert [made.slug for made in read_file(path)] == ["a"]
    for content in (b"\xff\xfe{", b"{"):
        path.write_bytes(content)
        with pytest.raises(InvalidRoute, match=r"desk\.jsonl: "):
            read_file(path)
