"""`newswire explain` over a run of a few articles."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from streams.cli import main
from streams.stages.dedup.explain import shared_spans

STORY = """The harbour council voted on Tuesday to close the old fish market by the end of June.
Traders said they had been given no warning and would ask a court to stop the plan.
The mayor, Pedro Lima, said the roof was unsafe and repairs would cost nine million euros.
Engineers found cracks in four of the twelve pillars after a storm in February.
A new hall is planned two kilometres north, beside the railway station, but has no date yet."""
OTHER = """Scientists at the observatory said the comet will be visible by eye alone next week.
It passes closest to the sun on Sunday and should be brightest just before dawn.
Schools plan to open their playgrounds early so that children can watch it rise."""


def newswire(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[str]]:
    folder = tmp_path_factory.mktemp("explain")
    source, out = folder / "in.jsonl", folder / "out"
    texts = [STORY, OTHER, "\n".join(STORY.split("\n")[:3])]
    lines = [
        orjson.dumps({"text": text, "url": f"https://example.org/{n}", "source": f"s{n}"})
        for n, text in enumerate(texts)
    ]
    source.write_bytes(b"\n".join(lines))
    assert newswire("run", str(source), "--out", str(out)).exit_code == 0
    unique = [orjson.loads(x)["article_id"] for x in (out / "news.unique.jsonl").open("rb")]
    copies = [orjson.loads(x)["article_id"] for x in (out / "news.duplicates.jsonl").open("rb")]
    assert (len(unique), len(copies)) == (2, 1)
    return source, out, unique + copies


def test_two_stories_are_not_duplicates_and_the_exit_code_says_so(
    run: tuple[Path, Path, list[str]],
) -> None:
    _, out, ids = run
    result = newswire("explain", ids[0], ids[1], "--from", str(out), "--json")
    assert result.exit_code == 1
    found = orjson.loads(result.stdout)
    assert (found["relation"], found["shared_keys"]) == (None, 0)
    assert any("share no key" in reason for reason in found["reasons"])


def test_a_dropped_copy_is_read_from_the_input_and_its_shared_text_marked(
    run: tuple[Path, Path, list[str]],
) -> None:
    source, out, ids = run
    arguments = ("explain", ids[0][:8], ids[2][:8], "--from", str(out), "--input", str(source))
    result = newswire(*arguments, "--json")
    assert result.exit_code == 0
    found = orjson.loads(result.stdout)
    assert found["relation"] == "abridged"
    [(start, end)] = found["shared"][1]
    assert STORY[start:end].startswith("The harbour council")
    assert "abridged" in newswire(*arguments).stdout


def test_without_the_input_a_dropped_copy_is_not_found(
    run: tuple[Path, Path, list[str]],
) -> None:
    _, out, ids = run
    result = newswire("explain", ids[0], ids[2], "--from", str(out))
    assert result.exit_code == 2
    assert "--input" in result.output


def test_shared_spans_hold_the_same_words() -> None:
    first = "Before. One two three four five six! After"
    second = "xx one TWO three, four five six yy"
    [[a], [b]] = shared_spans(first, second)
    assert first[slice(*a)] == "One two three four five six"
    assert second[slice(*b)] == "one TWO three, four five six"
