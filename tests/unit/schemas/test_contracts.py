"""The schemas, their examples and our own types say the same."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import orjson
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from schemas import EXAMPLES, Schema, load, names
from streams import dead_letters, records
from streams.reasons import Reason
from streams.records import Article, Duplicate, decode, encode
from streams.stages.clean import parse
from streams.stages.contract import DeadLetter, Record
from streams.stages.routes.record import from_value

RECORDS = {"article.v1": Article, "duplicate.v1": Duplicate}
NAMES = names()


def example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def nodes(node: Any, path: str = "#") -> Iterator[tuple[str, Schema]]:
    """Every object inside a schema with its path."""
    children: Any = ()
    if isinstance(node, dict):
        yield path, node
        children = node.items()
    elif isinstance(node, list):
        children = enumerate(node)
    for step, child in children:
        yield from nodes(child, f"{path}/{step}")


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_named_after_its_file(name: str) -> None:
    schema = load(name)
    Draft202012Validator.check_schema(schema)
    record, _, version = name.partition(".v")
    assert schema["$id"] == f"urn:newswire:schema:{record}:{version}"
    assert schema["title"] == f"newswire.{record}/{version}"
    assert not re.search(r"https?://(?!json-schema\.org/draft)", json.dumps(schema))


@pytest.mark.parametrize("name", NAMES)
def test_every_property_says_what_it_is(name: str) -> None:
    silent = [
        f"{path}/{prop}"
        for path, node in nodes(load(name))
        if not path.startswith("#/anyOf")
        for prop, schema in node.get("properties", {}).items()
        if "description" not in schema and "$ref" not in schema
    ]
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_the_example_fits_and_a_spoilt_one_does_not(name: str) -> None:
    validator = Draft202012Validator(load(name))
    value = example(name)
    validator.validate(value)
    for field in load(name)["properties"]:
        with pytest.raises(ValidationError):
            validator.validate({**value, field: [[{}]]})


@pytest.mark.parametrize("name", [name for name in NAMES if name != "route.v1"])
def test_an_unknown_field_is_no_error(name: str) -> None:
    Draft202012Validator(load(name)).validate({**example(name), "added_later": {"x": 1}})


@pytest.mark.parametrize("name", RECORDS)
def test_our_types_read_the_example_and_write_it_again(name: str) -> None:
    value = example(name)
    assert json.loads(encode(decode(orjson.dumps(value), RECORDS[name]))) == value


def test_the_offsets_of_the_example_are_right() -> None:
    article = decode(orjson.dumps(example("article.v1")), Article)
    mentions = [m for entity in article.entities for m in entity.mentions]
    evidence = [e for subject in article.subjects for e in subject.evidence]
    assert mentions
    assert evidence
    spans = [(m.start, m.end, m.text) for m in mentions]
    spans += [(e.start, e.end, e.text) for e in evidence]
    for start, end, text in spans:
        assert article.text[start:end] == text


def test_the_raw_example_parses_and_the_route_example_is_a_route() -> None:
    raw = parse(Record(orjson.dumps(example("raw.v1"))), 10_000)
    assert (raw.source_id, raw.extra) == ("frigates", {"section": "Defence"})
    assert from_value(example("route.v1")).slug == "northern-seas"


def test_the_dead_letter_example_holds_the_bytes_that_were_refused() -> None:
    letter = example("dead-letter.v1")
    assert b64decode(letter["value"]).startswith(b'{"text"')
    assert letter["reason"] in [str(reason) for reason in Reason]


@pytest.mark.parametrize("attempt", [None, b"2", b"9" * 5_000, b"-1", "٣".encode()])
def test_the_headers_of_a_dead_letter_fit_whatever_stood_there_before(
    attempt: bytes | None,
) -> None:
    before = () if attempt is None else (("dlq.attempt", attempt), ("dlq.first_failed_at", attempt))
    origin = dead_letters.Origin("news.raw", 3, 88_120, -1, "dedup")
    letter = DeadLetter(Reason.INVALID_JSON, "cut off")
    ours = dead_letters.headers(before, letter, origin, 1_741_606_261_204)
    value = {name: text.decode() for name, text in ours}
    Draft202012Validator(load("dead-letter-headers.v1")).validate(value)
    assert value.keys() == load("dead-letter-headers.v1")["properties"].keys()
    assert value["dlq.attempt"] == ("3" if attempt == b"2" else "1")


def shape(node: Any, document: Schema) -> Any:
    """What a schema allows, without its words and bounds, as far as Python's types can say it."""
    while "$ref" in node:
        node = document["$defs"][node["$ref"].rpartition("/")[2]]
    if "anyOf" in node:
        return frozenset(shape(choice, document) for choice in node["anyOf"])
    if "const" in node:
        return frozenset(["string"])
    if "enum" in node:
        return frozenset("null" if v is None else ("value", v) for v in node["enum"])
    kind = node.get("type")
    if kind == "array":
        return ("array", shape(node.get("items", {}), document))
    if kind == "object" and "properties" in node:
        inner = {name: shape(child, document) for name, child in node["properties"].items()}
        return tuple(sorted(inner.items()))
    kinds = [kind] if isinstance(kind, str) else kind or []
    return frozenset(kinds)


def flat(value: Any) -> Any:
    """`shape` with a choice of simple types written as one set of types."""
    if isinstance(value, frozenset):
        parts = [flat(part) for part in value]
        return frozenset().union(*(p if isinstance(p, frozenset) else {p} for p in parts))
    if isinstance(value, tuple) and value and value[0] != "value":
        return tuple(flat(part) for part in value)
    return value


@pytest.mark.parametrize("name", RECORDS)
def test_the_schema_and_the_dataclass_agree_field_by_field(name: str) -> None:
    schema = load(name)
    (reference,), definitions = msgspec.json.schema_components(
        [RECORDS[name]], ref_template="#/$defs/{name}"
    )
    typed = shape(reference, {"$defs": definitions})
    written = shape(schema, schema)
    assert {field for field, _ in written} == {field for field, _ in typed}
    for (field, ours), (_, theirs) in zip(written, typed, strict=True):
        assert flat(ours) == flat(theirs), field


@pytest.mark.parametrize("name", RECORDS)
def test_required_fields_are_those_that_every_encoded_record_has(name: str) -> None:
    value = example(name)
    assert set(load(name)["required"]) <= set(value)


def test_the_closed_lists_agree() -> None:
    article = load("article.v1")
    lists = {
        ("removed", "reason"): records.RemovedReason,
        ("dedup", "status"): records.Status,
        ("match", "relation"): records.Relation,
    }
    for (definition, field), literal in lists.items():
        assert article["$defs"][definition]["properties"][field]["enum"] == list(get_args(literal))
    published = article["properties"]["published_from"]["enum"]
    assert published == [*get_args(records.PublishedFrom), None]
    reasons = [str(reason) for reason in Reason]
    assert load("dead-letter.v1")["properties"]["reason"]["enum"] == reasons
    assert load("dead-letter-headers.v1")["properties"]["dlq.reason"]["enum"] == reasons


def test_the_schema_names_agree() -> None:
    assert load("article.v1")["properties"]["schema"]["const"] == records.ARTICLE_SCHEMA
    assert load("duplicate.v1")["properties"]["schema"]["const"] == records.DUPLICATE_SCHEMA
