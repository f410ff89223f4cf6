"""Dead letters on a real broker: found, shown, counted, fixed and redriven, dropped with a note."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from click.testing import Result

import schemas
from streams.dead_letters import Origin, headers
from streams.reasons import Reason
from streams.stages.contract import DeadLetter
from tests.kafka.conftest import ReadAll, Send

pytestmark = pytest.mark.kafka
Run = Callable[..., Result]
RunJson = Callable[..., Any]
NOW_MS = 1_790_000_000_000


@pytest.fixture
def dlq(newswire: Run, prefix: str, send: Send) -> str:
    """Three letters of news.raw and one of news.unique; returns the prefix."""
    newswire("topics", "create")

    def bury(value: bytes | None, reason: Reason, stage: str, topic: str, offset: int) -> None:
        origin = Origin(prefix + topic, 0, offset, NOW_MS, stage)
        letter = DeadLetter(reason, f"detail {offset}", "SomeError")
        ours = list(headers((("mine", b"1"),), letter, origin, NOW_MS))
        marked = [("mine", b"1"), *ours]
        send(prefix + "news.dlq", value, key=b"key", headers=marked, partition=0)

    bury("Caf\xe9 burns down.".encode("latin-1"), Reason.INVALID_UTF8, "dedup", "news.raw", 7)
    bury(b'{"content":"The body."}', Reason.MISSING_TEXT, "dedup", "news.raw", 8)
    bury(None, Reason.NULL_VALUE, "dedup", "news.raw", 9)
    bury(b"{}", Reason.INVALID_RECORD, "tag", "news.unique", 3)
    return prefix


def test_list_show_and_stats(dlq: str, newswire: Run, newswire_json: RunJson) -> None:
    listed = newswire_json("dlq", "list")
    assert [row["letter"] for row in listed] == ["0:0", "0:1", "0:2", "0:3"]
    assert listed[0]["origin"] == f"{dlq}news.raw:0:7"
    assert [row["stage"] for row in newswire_json("dlq", "list", "--stage", "tag")] == ["tag"]
    assert len(newswire_json("dlq", "list", "--reason", "null_value")) == 1
    assert newswire_json("dlq", "list", "--until", "2h") == []
    shown = newswire_json("dlq", "show", "0:1")
    assert shown["value"] == {"content": "The body."}
    assert ["mine", "1"] in shown["headers"]
    assert "neither `text` nor `body`" in newswire("dlq", "show", "0:1").stdout
    assert newswire("dlq", "show", "0:0", "--raw").stdout_bytes == b"Caf\xe9 burns down."
    stats = newswire_json("dlq", "stats", "--max", "4")
    assert stats["open"] == 4
    assert stats["reason"]["invalid_utf8"] == 1
    newswire("dlq", "stats", "--max", "3", code=1)
    assert "no dead letter" in newswire("dlq", "show", "0:99", code=1).stderr
    for deed in ("redrive", "drop"):
        said = newswire("dlq", deed, "--letter", "0:99", "--letter", "0:1", "--yes", code=1).stderr
        assert "no such open dead letter: 0:99" in said
    assert newswire_json("dlq", "stats")["open"] == 4


def test_exported_letters_fit_their_contract_and_can_be_replayed(
    dlq: str, newswire: Run, read_all: ReadAll, tmp_path: Path
) -> None:
    lines = newswire("dlq", "export").stdout
    validator = jsonschema.Draft202012Validator(schemas.load("dead-letter.v1"))
    for line in lines.splitlines():
        validator.validate(orjson.loads(line))
    file = tmp_path / "letters.jsonl"
    file.write_text(lines)
    newswire("replay", str(file), dlq + "news.raw", "--key", "key")
    values = [record.value for record in read_all(dlq + "news.raw")]
    assert sorted(values, key=str) == sorted(
        [b"Caf\xe9 burns down.", b'{"content":"The body."}', None, b"{}"], key=str
    )


def test_redrive_dry_run_first_then_fixed_with_attempts_kept(
    dlq: str, newswire_json: RunJson, read_all: ReadAll
) -> None:
    words = ("dlq", "redrive", "--reason", "missing_text", "--fix", '{text: .content, source: "x"}')
    dry = newswire_json(*words)
    assert (dry["dry_run"], dry["letters"]) == (True, 1)
    assert dry["samples"][0]["to"] == dlq + "news.raw"
    assert read_all(dlq + "news.raw") == []
    report = newswire_json(*words, "--yes", "--why", "scraper bug 12")
    (record,) = read_all(dlq + "news.raw")
    assert orjson.loads(record.value) == {"text": "The body.", "source": "x"}
    assert record.key == b"key"
    names = dict(record.headers)
    assert names["mine"] == b"1"
    assert names["dlq.attempt"] == b"1"
    assert names["dlq.first_failed_at"] == b"%d" % NOW_MS
    assert "dlq.reason" not in names
    assert names["replay.id"] == report["redrive_id"].encode()
    assert len(newswire_json("dlq", "list")) == 3, "it is no longer open"
    assert newswire_json(*words, "--yes")["letters"] == 0, "and not sent twice"
    states = {row["letter"]: row["state"] for row in newswire_json("dlq", "list", "--all")}
    assert states["0:1"] == "redriven"
    (note,) = (orjson.loads(r.value) for r in read_all(dlq + "news.ops"))
    assert (note["action"], note["offset"], note["why"]) == ("redrive", 1, "scraper bug 12")


def test_redrive_decodes_and_counts_the_next_failure_on(
    dlq: str, newswire_json: RunJson, read_all: ReadAll
) -> None:
    newswire_json("dlq", "redrive", "--letter", "0:0", "--decode", "latin-1", "--yes")
    (record,) = read_all(dlq + "news.raw")
    assert record.value == "Café burns down.".encode()
    letter = DeadLetter(Reason.STAGE_FAILED)
    again = dict(headers(tuple(record.headers), letter, Origin("t", 0, 0, 0, "s"), NOW_MS + 5))
    assert (again["dlq.attempt"], again["dlq.first_failed_at"]) == (b"2", b"%d" % NOW_MS)


def test_what_can_not_be_fixed_stays_open(dlq: str, newswire_json: RunJson) -> None:
    report = newswire_json("dlq", "redrive", "--fix", ".text = .content", "--yes", code=1)
    assert {letter for letter, _ in report["failed"]} == {"0:0"}
    assert [row["letter"] for row in newswire_json("dlq", "list")] == ["0:0"]
    assert dlq


def test_what_others_wrote_stops_no_command(
    dlq: str, newswire: Run, newswire_json: RunJson, send: Send
) -> None:
    entry = {"schema": "newswire.operation/1", "action": "drop", "partition": 0}
    wrong = [entry | {"offset": [1]}, entry | {"offset": 0, "action": "burn"}, [1], entry]
    send(dlq + "news.ops", b"", b"junk", *map(orjson.dumps, wrong))
    forged = [("dlq.attempt", "\u00b2".encode()), ("dlq.first_failed_at", b"9" * 18)]
    forged += [("dlq.topic", b"nowhere"), ("dlq.reason", b"\xff")]
    send(dlq + "news.dlq", b"x", headers=forged, partition=1)
    (row,) = newswire_json("dlq", "list", "--letter", "1:0")
    assert (row["attempt"], row["first_failed_at"]) == (0, "?")
    for words in (("show", "1:0"), ("stats",), ("export",)):
        newswire("dlq", *words)
    report = newswire_json("dlq", "redrive", "--letter", "1:0", "--yes", code=1)
    assert report["failed"] == [["1:0", "there is no topic nowhere: choose one with --to"]]


def test_dropping_needs_yes_and_is_noted(
    dlq: str, newswire_json: RunJson, read_all: ReadAll
) -> None:
    assert newswire_json("dlq", "drop", "--reason", "null_value") == {"dry_run": True, "dropped": 1}
    assert len(newswire_json("dlq", "list")) == 4
    words = ("dlq", "drop", "--reason", "null_value", "--why", "tombstones", "--yes")
    assert newswire_json(*words)["dropped"] == 1
    assert len(newswire_json("dlq", "list")) == 3
    (note,) = (orjson.loads(r.value) for r in read_all(dlq + "news.ops"))
    assert (note["action"], note["offset"], note["why"]) == ("drop", 2, "tombstones")
    assert "@" in note["by"]
    assert newswire_json("dlq", "stats")["state"] == {"open": 3, "dropped": 1}
