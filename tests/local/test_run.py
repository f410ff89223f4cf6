"""The embedded run as users call it: a process, files in, files out."""

import base64
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.records import Article, decode

SAMPLES = Path(__file__).parents[1] / "samples"
NEWSWIRE = [sys.executable, "-m", "streams.cli"]


def _run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*NEWSWIRE, "run", *map(str, arguments)], input=stdin, capture_output=True, check=False
    )


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.exists() else []


def _streams(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("samples") / "out"
    done = _run(SAMPLES, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def _summary(out: Path) -> dict[str, Any]:
    summary = orjson.loads((out / "summary.json").read_bytes())
    assert isinstance(summary, dict)
    return summary


def test_the_samples_add_up(sampled: Path) -> None:
    summary = _summary(sampled)
    assert summary["adds_up"]
    assert summary["news.raw"] >= 40
    assert min(summary[k] for k in ("unique", "duplicates", "dead_letters", "routed")) > 0


@pytest.mark.parametrize("content", ["date 2024-01-01 no routes", '[[route]]\nslug = "a b"', "\0"])
def test_a_bad_file_of_routes_is_a_usage_error_and_nothing_is_written(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "routes.toml").write_text(content, encoding="utf-8")
    done = _run(SAMPLES, "--out", tmp_path / "out", "--routes", tmp_path / "routes.toml")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"routes.toml" in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_files_hold_what_the_summary_counts(sampled: Path) -> None:
    summary = _summary(sampled)
    for topic, number in summary["streams"].items():
        assert len(_lines(sampled / f"{topic}.jsonl")) == number
    assert len(_lines(sampled / "news.dlq.jsonl")) == summary["dead_letters"]


def test_every_mention_is_where_it_says(sampled: Path) -> None:
    articles = [decode(line, Article) for line in _lines(sampled / "news.tagged.jsonl")]
    mentions = [(a, m) for a in articles for e in a.entities for m in e.mentions]
    assert len(mentions) > 100
    assert all(a.text[m.start : m.end] == m.text for a, m in mentions)


def test_two_processes_give_the_same_bytes(sampled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _run(SAMPLES, "--out", out, "--jobs", "2").returncode == 0
    assert _streams(out) == _streams(sampled)


def test_a_dead_letter_keeps_its_bytes(tmp_path: Path) -> None:
    bad = b'{"text": NaN}'
    done = _run("-", "--out", tmp_path / "out", stdin=bad + b"\n")
    assert done.returncode == 0, done.stderr
    (line,) = _lines(tmp_path / "out" / "news.dlq.jsonl")
    letter = orjson.loads(line)
    assert base64.b64decode(letter["value"]) == bad
    assert letter["reason"] == "invalid_json"
    assert letter["origin"] == "-:1"


def test_an_earlier_run_is_replaced_only_when_told(tmp_path: Path) -> None:
    arguments = (SAMPLES / "90-broken.jsonl", "--out", tmp_path)
    assert _run(*arguments).returncode == 0
    refused = _run(*arguments)
    assert refused.returncode == 2
    assert b"--overwrite" in refused.stderr
    before = _streams(tmp_path)
    assert _run(*arguments, "--overwrite").returncode == 0
    assert _streams(tmp_path) == before


def test_a_missing_input_is_a_usage_error(tmp_path: Path) -> None:
    done = _run(tmp_path / "nothing.jsonl", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert b"nothing.jsonl" in done.stderr


def test_a_bad_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_BATCH_RECORDS", "0")
    done = _run(SAMPLES, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert b"NEWSWIRE_BATCH_RECORDS" in done.stderr


def test_ctrl_c_leaves_whole_lines_and_a_summary(tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*NEWSWIRE, "run", "-", "--out", str(out)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    _feed_until_written(process.stdin, out)
    process.send_signal(signal.SIGINT)
    process.stdin.write(b'{"text":"One more after the interrupt."}\n')
    process.stdin.close()
    assert process.wait(60) == 130
    summary = _summary(out)
    assert summary["interrupted"]
    assert summary["adds_up"]
    assert all(orjson.loads(line) for p in out.glob("*.jsonl") for line in _lines(p))


def _feed_until_written(stdin: Any, out: Path) -> None:
    deadline = time.monotonic() + 60
    number = 0
    while not _lines(out / "news.tagged.jsonl") and time.monotonic() < deadline:
        number += 1
        text = f"Minister number {number} opened bridge {number * 7} on Monday. " * 40
        stdin.write(orjson.dumps({"text": text}) + b"\n")
        stdin.flush()
        time.sleep(0.001)
