"""`newswire routes` on a file, without a broker."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli import main
from streams.records import Article, Entity, Mention, encode

Newswire = Callable[..., Result]
SAMPLES = str(Path(__file__).parents[1] / "samples")


@pytest.fixture
def newswire(monkeypatch: pytest.MonkeyPatch) -> Newswire:
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["routes", *words], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "routes.jsonl")


@pytest.fixture
def run_folder(tmp_path: Path) -> str:
    """What `newswire run` leaves: one routed article, one unrouted."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "summary.json").write_text("{}")
    mention = Mention(start=0, end=4, text="Iran", confidence=0.9)
    iran = Entity(entity_id="Q794", type="Location", name="Iran", mentions=[mention])
    routed = Article(article_id="aa11", text="Iran talks.", title="One", entities=[iran])
    other = Article(article_id="bb22", text="Cheese prices.", title="Two")
    for topic in ("news.topic.a", "news.topic.b"):
        (folder / f"{topic}.jsonl").write_bytes(encode(routed) + b"\n")
    (folder / "news.unrouted.jsonl").write_bytes(encode(other) + b"\n")
    return str(folder)


def test_add_list_show_remove_in_a_file(newswire: Newswire, file: str) -> None:
    newswire("add", "iran", 'entity:"Iran" NOT source:afp', "--owner", "me", "--file", file)
    listed = json.loads(newswire("list", "--file", file, "--json").stdout)
    mine = next(each for each in listed if each["slug"] == "iran")
    assert mine["line"] == 'entity:"Iran" AND NOT source:afp'
    assert (mine["owner"], mine["origin"]) == ("me", "routes.jsonl")
    assert 'entity:"Iran" AND NOT source:afp' in newswire("show", "iran", "--file", file).stdout
    newswire("remove", "iran", "--file", file)
    newswire("show", "iran", "--file", file, code=1)
    newswire("remove", "iran", "--file", file, code=1)


def test_a_built_in_route_is_switched_off_not_removed(newswire: Newswire, file: str) -> None:
    assert "switched off" in newswire("remove", "sport", "--file", file).stdout
    shown = json.loads(newswire("show", "sport", "--file", file, "--json").stdout)
    assert (shown["enabled"], shown["origin"]) == (False, "routes.jsonl")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "a", "phrase:"), "column 8"),
        (("add", "a b", "phrase:x"), "slug"),
        (("add", "a", "phrase:x", "--topic", "news.raw"), "may not write"),
        (("add", "a", "NOT source:afp"), "--broad"),
        (("add", "a", "phrase:x", "--topic", "news_topic.sport"), "collides"),
    ],
)
def test_a_bad_route_is_refused(
    newswire: Newswire, file: str, words: tuple[str, ...], says: str
) -> None:
    assert says in newswire(*words, "--file", file, code=2).stderr
    assert not Path(file).exists()


def test_import_is_all_or_nothing_and_prunes(newswire: Newswire, file: str, tmp_path: Path) -> None:
    newswire("add", "old", "phrase:x", "--file", file)
    source = tmp_path / "desk.toml"
    source.write_text(
        "[[route]]\nslug='a'\ncondition='phrase:y'\n[[route]]\nslug='b'\ncondition=''\n"
    )
    newswire("import", str(source), "--file", file, code=2)
    assert newswire("export", "--file", file).stdout.count("\n") == 1
    source.write_text("[[route]]\nslug='a'\ncondition='phrase:y'\n")
    newswire("import", str(source), "--prune", "--dry-run", "--file", file)
    assert '"old"' in newswire("export", "--file", file).stdout
    newswire("import", str(source), "--prune", "--file", file)
    exported = newswire("export", "--file", file).stdout
    assert [json.loads(line)["slug"] for line in exported.splitlines()] == ["a"]
    again = newswire("import", str(source), "--file", file).stdout
    assert "0 to write, 1 as they are" in again


def test_try_a_route_on_a_finished_run(newswire: Newswire, run_folder: str) -> None:
    shown = newswire("test", 'entity:"Iran"', "--on", run_folder).stdout
    assert "aa11  One" in shown
    assert "“Iran” at 0" in shown
    assert "1 of 2 articles" in shown
    assert "0 of 2" in newswire("test", "phrase:absent", "--on", run_folder, code=1).stdout
    newswire("test", "phrase:", "--on", run_folder, code=2)


def test_try_a_built_in_route_on_raw_articles(newswire: Newswire) -> None:
    lines = newswire("test", "defence", "--on", SAMPLES, "--json").stdout.splitlines()
    assert lines
    assert all(json.loads(line)["evidence"] for line in lines)


def test_explain_says_why_and_why_not(newswire: Newswire, run_folder: str, file: str) -> None:
    newswire("add", "r", "entity:Iran AND (phrase:talks OR source:afp)", "--file", file)
    options = ("--from", run_folder, "--file", file)
    wanted = newswire("explain", "r", "aa", *options).stdout
    assert "r wants it" in wanted
    assert '+ phrase:"talks"  “talks” at 5' in wanted
    assert "- source:afp" in wanted
    unwanted = newswire("explain", "r", "bb22", *options, code=1).stdout
    assert "r does not want it" in unwanted
    assert '- entity:"Iran"' in unwanted
    newswire("explain", "r", "cc", *options, code=1)
    newswire("explain", "sport", "bb22", "--from", run_folder, code=1)


def test_a_subject_that_no_article_can_have_is_said(newswire: Newswire, file: str) -> None:
    added = newswire("add", "a", "subject:medtop:99999999", "--file", file)
    assert "medtop:99999999 is no Media Topic in use" in added.stderr
    assert newswire("add", "b", "subject:medtop:16000000", "--file", file).stderr == ""


def test_an_empty_file_prunes_nothing(newswire: Newswire, file: str, tmp_path: Path) -> None:
    newswire("add", "old", "phrase:x", "--file", file)
    source = tmp_path / "empty.jsonl"
    source.write_text("\n")
    done = newswire("import", str(source), "--prune", "--file", file, code=1)
    assert "there is no route in it" in done.stderr
    newswire("show", "old", "--file", file)


def test_a_dry_run_finds_what_the_import_would_refuse(
    newswire: Newswire, file: str, tmp_path: Path
) -> None:
    source = tmp_path / "desk.toml"
    source.write_text(
        "[[route]]\nslug='a.b'\ncondition='phrase:y'\n[[route]]\nslug='a_b'\ncondition='phrase:z'\n"
    )
    assert "collides" in newswire("import", str(source), "--dry-run", "--file", file, code=2).stderr


def test_a_store_that_is_no_file_of_routes_is_named(newswire: Newswire, file: str) -> None:
    Path(file).write_bytes(b"\xff\xfe")
    for words in (("list",), ("export",), ("add", "a", "phrase:x"), ("remove", "a")):
        assert "routes.jsonl: not UTF-8" in newswire(*words, "--file", file, code=2).stderr
    assert Path(file).read_bytes() == b"\xff\xfe"


def test_a_long_condition_is_tried_though_it_is_no_path(
    newswire: Newswire, run_folder: str
) -> None:
    condition = " OR ".join(f"phrase:word{n}" for n in range(400)) + " OR phrase:cheese"
    assert "1 of 2 articles" in newswire("test", condition, "--on", run_folder).stdout


@pytest.mark.parametrize("text", ["/nowhere/desk.toml", "", "phrase"])
def test_what_is_neither_condition_nor_file_is_refused_without_a_broker(
    newswire: Newswire, run_folder: str, file: str, text: str
) -> None:
    code = 1 if text == "phrase" else 2
    says = "no route phrase" if text == "phrase" else "no condition, file or slug"
    assert says in newswire("test", text, "--on", run_folder, "--file", file, code=code).stderr


def test_a_wrong_port_is_a_usage_error(newswire: Newswire) -> None:
    assert "BOOTSTRAP" in newswire("list", "--bootstrap", "host:port", code=2).stderr


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "streams.cli", "routes", "export", "--builtin"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert done.stderr == ""
