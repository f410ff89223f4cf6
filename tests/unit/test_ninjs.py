"""Articles as ninjs 3.1 are valid by the IPTC's own schema, offline."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from click.testing import CliRunner

import schemas
from streams.cli import main
from streams.ninjs import to_ninjs
from streams.records import Article, decode

EXAMPLE = (schemas.EXAMPLES / "article.v1.json").read_bytes()


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((schemas.FOLDER / "ninjs" / "ninjs-3.1.json").read_text())
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema, format_checker=checker)


def test_a_full_article_is_valid(validator: jsonschema.Draft202012Validator) -> None:
    made = to_ninjs(decode(orjson.dumps(orjson.loads(EXAMPLE)), Article))
    validator.validate(made)
    assert made["subjects"][0]["uri"].endswith("/mediatopic/16000000")
    assert made["subjects"][0]["confidence"] == 87
    assert [place["name"] for place in made["places"]] == ["Bergen"]
    assert [o["name"] for o in made["organisations"]] == ["NATO"]
    assert made["associations"][0]["rel"] == "update"


def test_the_barest_article_is_valid_and_has_no_empty_fields(
    validator: jsonschema.Draft202012Validator,
) -> None:
    made = to_ninjs(Article(article_id="a" * 32, text="Words."))
    validator.validate(made)
    assert all(value not in (None, [], "") for value in made.values())


def test_the_schema_refuses_what_is_wrong(validator: jsonschema.Draft202012Validator) -> None:
    made = to_ninjs(Article(article_id="a", text="t")) | {"mystery": 1}
    assert not validator.is_valid(made), "the check itself can fail"


def test_export_prints_a_line_each_and_names_what_is_no_article(tmp_path: Path) -> None:
    file = tmp_path / "news.tagged.jsonl"
    lines = [orjson.dumps(orjson.loads(EXAMPLE)), b'{"no":"article"}']
    file.write_bytes(b"\n".join(lines) + b"\n")
    result = CliRunner().invoke(main, ["export", "ninjs", str(file)])
    assert result.exit_code == 1
    found: list[dict[str, Any]] = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["headlines"][0]["value"] for each in found] == ["NATO frigates leave Bergen"]
    assert f"{file}:2" in result.stderr
