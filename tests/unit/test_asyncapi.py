"""The AsyncAPI document is valid by AsyncAPI's own schema, complete, and the one in schemas/."""

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import schemas
from ops.asyncapi import MESSAGES, document
from streams import dead_letters, topology

SCHEMA = Path(__file__).parent / "data" / "asyncapi-3.0.0.schema.json.gz"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(gzip.decompress(SCHEMA.read_bytes())))


def test_it_is_valid(validator: jsonschema.Draft7Validator) -> None:
    validator.validate(document())


def test_the_schema_refuses_what_is_wrong(validator: jsonschema.Draft7Validator) -> None:
    wrong = document()
    wrong["operations"]["send-tagged"]["action"] = "shout"
    assert not validator.is_valid(wrong), "the check itself can fail"


def test_the_file_is_what_the_code_makes() -> None:
    shipped = json.loads((schemas.FOLDER / "asyncapi.json").read_text(encoding="utf-8"))
    assert shipped == document(), "run: newswire export asyncapi > schemas/asyncapi.json"


def test_every_reference_leads_somewhere() -> None:
    made = document()
    for reference in _references(made):
        if reference.startswith("#/"):
            target: Any = made
            for part in reference[2:].split("/"):
                target = target[part]
        else:
            assert (schemas.FOLDER / reference).is_file(), reference


def test_every_public_topic_and_header_is_there() -> None:
    ours_alone = {topology.FINGERPRINTS, topology.OPS}
    assert set(MESSAGES) == (topology.OWN - ours_alone) | {"news.topic.{slug}"}
    said = document()["components"]["messages"]["dead-letter"]["headers"]["properties"]
    names = {v for v in vars(dead_letters).values() if isinstance(v, str) and v.startswith("dlq.")}
    assert set(said) == names


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [r for each in value.values() for r in _references(each)]
    return [r for each in value for r in _references(each)] if isinstance(value, list) else []
