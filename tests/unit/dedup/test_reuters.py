"""Merges of a newswire set in its own markup, drawn for a reader."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli import main
from streams.evaluation.reuters import FILE, merged, reuters

STORY = """The ferry between Alvor & Brena was taken out of service on Tuesday after a pump failed.
Passengers were brought to the mainland by a fishing boat and spent the night in a school.
The company said that a pump from its other ship will be fitted before the end of the week.
Farmers on the island fear for their strawberries, which have to be sold within three days.
"We have a hall full of fruit and no ship," said Ines Faria, who speaks for the growers.
The county will pay for a cargo plane if the ferry is not back at sea on Friday at noon.
It was built in 1971 and should have been replaced four years ago, the harbour master said."""
SHORT = "\n".join(STORY.split("\n")[:4])
OTHER = STORY.replace("ferry", "tram").upper()[:60]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A set of five stories: one, another, a copy, a shorter copy, one without a body."""
    path = tmp_path / FILE
    path.parent.mkdir()
    bodies = [STORY, OTHER, STORY, SHORT]
    stories = [
        f'<REUTERS TOPICS="NO" NEWID="{n}">\n<TITLE>STORY {n}</TITLE><TEXT>&#2;'
        f"<BODY>{body.replace('&', '&amp;')}\n Reuter\n&#3;</BODY></TEXT></REUTERS>"
        for n, body in enumerate(bodies, 11)
    ]
    stories.append('<REUTERS NEWID="15"><TEXT><TITLE>NO BODY</TITLE></TEXT></REUTERS>')
    path.write_bytes(gzip.compress("\n".join(stories).encode("latin-1")))
    return tmp_path


def test_stories_with_a_body_come_in_order_without_markup(data: Path) -> None:
    found = list(reuters(data))
    assert [raw["id"] for raw in found] == ["11", "12", "13", "14"]
    assert found[0]["title"] == "STORY 11"
    assert found[0]["text"].startswith("The ferry between Alvor & Brena")
    assert "\x03" not in found[0]["text"]


def test_copies_are_merged_and_those_with_other_words_drawn(data: Path) -> None:
    found = merged(reuters(data))
    assert found.articles == 4
    assert [(m.names, m.same_words) for m in found.merges] == [
        (("11", "13"), True),
        (("11", "14"), False),
    ]
    assert [m.names for m in found.drawn(50, seed=1)] == [("11", "14")]


def test_the_command_prints_them_side_by_side(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_SHARED_DATA", str(data))
    result = CliRunner().invoke(main, ["quality", "dedup", "--merges", "5"])
    assert result.exit_code == 0, result.output
    assert "2 of 4 articles were merged, 1 of them with the same words" in result.output
    assert "1. abridged" in result.output
    assert "Ines" in result.output


def test_the_command_says_the_same_as_json(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_SHARED_DATA", str(data))
    result = CliRunner().invoke(main, ["quality", "dedup", "--merges", "5", "--json"])
    [merge] = json.loads(result.stdout)["merges"]
    assert (merge["names"], merge["relation"]) == (["11", "14"], "abridged")
    assert [len(spans) for spans in merge["shared"]] == [1, 1]
