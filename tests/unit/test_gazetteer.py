import dataclasses
import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli import main
from streams.records import Article
from streams.stages.entities import forms, load_tagger
from streams.stages.entities.entries import (
    COMMON,
    WIDE_PLACE_WEIGHT,
    WIDE_WEIGHT,
    Entry,
    read,
    read_csv,
    write,
)
from streams.stages.entities.gazetteer import Gazetteer
from streams.text.tokens import tokenise

ENTRIES = [
    Entry("x:1", "ORG", ("World Bank",), 1),
    Entry("x:2", "ORG", ("Bank",), 1),
    Entry("x:3", "ORG", ("WHO", "World Health Organization"), 1),
    Entry("x:4", "WEAPON", (COMMON + "cruise missile", COMMON + "cruise missiles"), 1),
    Entry("x:5", "PLATFORM", ("F-16", "F-16s"), 1),
    Entry("x:6", "LOC", ("Springfield",), 1),
    Entry("x:7", "LOC", ("Springfield",), 2),
]


def found(text: str) -> list[tuple[str, str]]:
    gazetteer, tokens = Gazetteer(ENTRIES), tokenise([text])
    hits = gazetteer.match(tokens)
    return [
        (
            text[tokens.start[first] : tokens.end[last]],
            gazetteer.likeliest(form).entity_id,
        )
        for first, last, form in zip(hits.first, hits.last, hits.form, strict=True)
    ]


def test_the_longest_form_on_token_bounds() -> None:
    assert found("The World Bank and a Banker.") == [("World Bank", "x:1")]
    assert found("An F-16 and two F - 16s") == [("F-16", "x:5"), ("F - 16s", "x:5")]


def test_capitals_as_the_form_asks() -> None:
    assert found("He is one who lost to the WHO; the bank.") == [("WHO", "x:3")]
    assert found("Cruise missiles, a cruise\n") == [("Cruise missiles", "x:4")]
    assert found("WORLD BANK SAYS") == [("WORLD BANK", "x:1")]


def test_the_heaviest_entry_goes_first_and_no_match_across_sentences() -> None:
    assert found("Springfield") == [("Springfield", "x:7")]
    assert found("The World.\nBank of it") == [("Bank", "x:2")]
    assert found("To the World\nBank of it") == [("Bank", "x:2")]


def test_a_file_reads_back_and_is_the_same_bytes_again(tmp_path: Path) -> None:
    one, two = tmp_path / "a.gz", tmp_path / "b.gz"
    assert write(ENTRIES, one) == len(ENTRIES)
    write(read(one), two)
    assert one.read_bytes() == two.read_bytes()
    assert list(read(one)) == ENTRIES


def test_kept_forms_are_those_that_are_made(tmp_path: Path) -> None:
    forms.save(ENTRIES, tmp_path)
    entries, kept = forms.load(tmp_path)
    assert list(entries) == ENTRIES
    made = forms.forms_of(ENTRIES)
    for field in dataclasses.fields(made):
        if field.name != "trie":
            assert list(getattr(kept, field.name)) == list(getattr(made, field.name))
    for field in dataclasses.fields(made.trie):
        assert list(getattr(kept.trie, field.name)) == list(getattr(made.trie, field.name))
    names = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    forms.save(entries, tmp_path)
    assert names == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_the_model_is_told_which_kind_of_list_has_a_name() -> None:
    made = [
        Entry("x:1", "ORG", ("World Bank",), WIDE_WEIGHT),
        Entry("x:2", "ORG", ("World Bank", "WHO"), WIDE_WEIGHT + 1),
        Entry("newswire:LOC:oslo", "LOC", ("Oslo",), WIDE_PLACE_WEIGHT),
        Entry("geonames:1", "LOC", ("Oslo", "Bergen"), 5.5),
        Entry("x:3", "WEAPON", ("Glock",), 1.0),
    ]
    forms = Gazetteer(made).forms
    codes = [forms.codes[code] for code in forms.code]
    assert codes == ["ORG+ORG:wide", "ORG", "LOC:geonames+LOC:wide", "LOC:geonames", "WEAPON"]


def test_other_languages_get_a_broad_list_s_names_of_several_words_only(tmp_path: Path) -> None:
    path = tmp_path / "broad.tsv.gz"
    names = ["Zorbla", "Nolvex Quarn"]
    write([Entry(f"x:{name}", "ORG", (name,), WIDE_WEIGHT) for name in names], path)
    text = "Zorbla et Nolvex Quarn"
    articles = [Article(article_id="a", text=text, language="fr")]
    entities = load_tagger(path).tag(articles, tokenise([text]))[0]
    assert [entity.entity_id for entity in entities] == ["x:Nolvex Quarn"]


def test_a_form_is_found_whole_only() -> None:
    gazetteer = Gazetteer(ENTRIES)
    assert gazetteer.likeliest(gazetteer.find(" world  bank ")).entity_id == "x:1"
    assert gazetteer.find(" world ") == gazetteer.find(" the  world  bank ") == -1


def test_a_csv_of_the_user_names_things(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("name,type,id,aliases\nProject Heron,ORG,acme:7,Heron group|PHX\n")
    text = "The Heron group met PHX and Project Heron in Oslo."
    articles = [Article(article_id="a", text=text)]
    entities = load_tagger(path).tag(articles, tokenise([text]))[0]
    mine = next(e for e in entities if e.entity_id == "acme:7")
    assert [m.text for m in mine.mentions] == ["Heron group", "PHX", "Project Heron"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("name,kind\na,b\n", "no column id, type"), ("name,type,id\nA,,1\n", "line 2")],
)
def test_a_malformed_csv_names_its_fault(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        list(read_csv(path))


def item(number: int, label: str, kind: str, links: int, *aliases: str) -> str:
    claim = {"mainsnak": {"datavalue": {"value": {"id": kind}}}}
    return json.dumps(
        {
            "id": f"Q{number}",
            "labels": {"en": {"value": label}},
            "aliases": {"en": [{"value": a} for a in aliases]},
            "claims": {"P31": [claim]},
            "sitelinks": {f"{n}wiki": {} for n in range(links)},
        }
    )


def test_a_wikidata_dump_becomes_a_gazetteer(tmp_path: Path) -> None:
    dump, out = tmp_path / "dump.json.gz", tmp_path / "out.tsv.gz"
    rows = [
        item(9000001, "Mira Tolvanen", "Q5", 30, "Tolvanen"),
        item(9000002, "a concept", "Q151885", 90),
        item(9000003, "Minor Person", "Q5", 1),
        item(9000004, "Tolvanen Works", "Q4830453", 12),
    ]
    with gzip.open(dump, "wt", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(rows) + "\n]\n")
    command = ["gazetteer", "build", str(dump), "--out", str(out), "--min-sitelinks", "10"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert [(e.entity_id, e.type, e.forms) for e in read(out)] == [
        ("wikidata:Q9000001", "PER", ("Mira Tolvanen", "Tolvanen")),
        ("wikidata:Q9000004", "ORG", ("Tolvanen Works",)),
    ]
    text = "Mira Tolvanen left. Tolvanen had won."
    articles = [Article(article_id="a", text=text)]
    entities = load_tagger(out).tag(articles, tokenise([text]))[0]
    assert [e.entity_id for e in entities] == ["wikidata:Q9000001"]


def test_a_broken_dump_names_the_line(tmp_path: Path) -> None:
    dump = tmp_path / "dump.json"
    dump.write_text("[\n{nonsense\n]\n")
    command = ["gazetteer", "build", str(dump), "--out", str(tmp_path / "o.gz")]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "line 2" in result.output
