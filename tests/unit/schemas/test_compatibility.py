"""A change that breaks a released schema is found, one that does not passes."""

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from schemas import FOLDER, RELEASED, SUFFIX, Schema, accepted, load, names
from schemas.compatibility import breaking_changes
from schemas.freeze import freeze, problems

BASE: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1, "pattern": "^a"},
        "size": {"type": ["integer", "null"], "minimum": 0, "maximum": 9},
        "kind": {"enum": ["a", "b"]},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/part"}, "maxItems": 5},
        "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "note": {"type": "string"},
    },
    "required": ["id", "size"],
    "$defs": {
        "part": {
            "type": "object",
            "properties": {"of": {"$ref": "#/$defs/part"}, "x": {"type": "number"}},
            "required": ["x"],
        }
    },
}
Change = tuple[str, Any]
GONE = object()
NARROWER: list[Change] = [
    ("properties/note", GONE),
    ("properties/id/type", "integer"),
    ("properties/size/type", "integer"),
    ("properties/kind/enum", ["a"]),
    ("properties/note/enum", ["only this"]),
    ("properties/id/minLength", 2),
    ("properties/note/minLength", 1),
    ("properties/size/minimum", 1),
    ("properties/size/maximum", 8),
    ("properties/parts/maxItems", 4),
    ("properties/id/pattern", "^b"),
    ("properties/note/pattern", "x"),
    ("properties/note/const", "x"),
    ("properties/note/format", "uri"),
    ("properties/note/not", {"const": "x"}),
    ("properties/either/anyOf", [{"type": "string"}]),
    ("properties/either/anyOf/0/maxLength", 3),
    ("properties/parts/items/maxProperties", 3),
    ("properties/parts/uniqueItems", True),
    ("$defs/part/required", ["x", "of"]),
    ("$defs/part/properties/x/type", "integer"),
    ("$defs/part/properties/x", GONE),
    ("required", ["id", "size", "note"]),
    ("additionalProperties", False),
    ("allOf", [{"required": ["note"]}]),
]
WIDER: list[Change] = [
    ("required", ["id"]),
    ("properties/id/type", ["string", "null"]),
    ("properties/note/type", GONE),
    ("properties/kind/enum", GONE),
    ("properties/id/minLength", 0),
    ("properties/id/minLength", GONE),
    ("properties/size/minimum", -1),
    ("properties/size/maximum", 10),
    ("properties/size/maximum", GONE),
    ("properties/id/pattern", GONE),
    ("properties/parts/maxItems", GONE),
    ("properties/either/anyOf", [{"type": "string"}, {"type": "null"}, {"type": "integer"}]),
]
HARMLESS: list[Change] = [
    ("properties/added", {"type": "string"}),
    ("properties/kind/enum", ["b", "a", "c"]),
    ("properties/note/description", "other words"),
    ("title", "other words"),
    ("$defs/part/properties/added", {"type": "integer"}),
]


def changed(schema: Schema, change: Change) -> Schema:
    path, value = change
    copy = deepcopy(schema)
    *steps, last = path.split("/")
    node: Any = copy
    for step in steps:
        node = node[int(step) if isinstance(node, list) else step]
    if value is GONE:
        del node[last]
    else:
        node[last] = value
    return copy


@pytest.mark.parametrize("change", NARROWER)
@pytest.mark.parametrize("reading", [True, False])
def test_whatever_shuts_out_an_old_record_breaks(change: Change, *, reading: bool) -> None:
    assert breaking_changes(BASE, changed(BASE, change), accepted=reading)


@pytest.mark.parametrize("change", WIDER)
def test_wider_is_fine_for_what_we_read_and_breaks_what_others_read(change: Change) -> None:
    assert breaking_changes(BASE, changed(BASE, change), accepted=True) == []
    assert breaking_changes(BASE, changed(BASE, change), accepted=False)


@pytest.mark.parametrize("change", HARMLESS)
@pytest.mark.parametrize("reading", [True, False])
def test_optional_fields_list_members_and_words_break_nobody(
    change: Change, *, reading: bool
) -> None:
    assert breaking_changes(BASE, changed(BASE, change), accepted=reading) == []


def test_a_problem_names_its_place() -> None:
    found = breaking_changes(BASE, changed(BASE, ("properties/size/maximum", 8)), accepted=True)
    assert found == ["#/size: maximum from 9 to 8"]


def test_no_schema_breaks_its_released_version() -> None:
    assert list(problems()) == []


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A working folder with all schemas, frozen once."""
    for name in names():
        shutil.copyfile(FOLDER / f"{name}{SUFFIX}", tmp_path / f"{name}{SUFFIX}")
    released = tmp_path / "released"
    assert freeze(tmp_path, released) == []
    return tmp_path, released


@pytest.mark.parametrize("name", names())
def test_each_property_taken_out_of_a_real_schema_is_found(
    folders: tuple[Path, Path], name: str
) -> None:
    schema = load(name)
    for field in schema["properties"]:
        spoilt = changed(schema, (f"properties/{field}", GONE))
        (folders[0] / f"{name}{SUFFIX}").write_text(json.dumps(spoilt), encoding="utf-8")
        assert any(field in problem for problem in problems(*folders))


def test_a_breaking_change_is_not_frozen_and_a_lost_version_is_found(
    folders: tuple[Path, Path],
) -> None:
    working, released = folders
    spoilt = changed(load("article.v1"), ("properties/text/maxLength", 10))
    (working / f"article.v1{SUFFIX}").write_text(json.dumps(spoilt), encoding="utf-8")
    assert freeze(working, released) == ["article.v1 #/text: maxLength from None to 10"]
    assert load("article.v1", released) == load("article.v1")
    (working / f"article.v1{SUFFIX}").unlink()
    assert freeze(working, released) == ["article.v1: a released version is gone"]


def test_raw_and_routes_are_read_and_the_rest_is_written() -> None:
    assert [name for name in names() if accepted(name)] == ["raw.v1", "route.v1"]


def test_everything_released_has_its_schema_still() -> None:
    assert set(names(RELEASED)) <= set(names())
