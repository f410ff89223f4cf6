"""The readers of the NER sets, and the listed words that training makes classes of."""

import gzip
from pathlib import Path

import pytest

from streams.evaluation.entity_corpora import worldwide
from streams.stages.entities.features import ACRONYM, GIVEN, LANGUAGE, SURNAME, attributes

ROWS = """# file a.tsv
The\tO
Lima\tB-Organization\tB-Location
Tram\tI-Organization
Board\tI-Organization
met\tO
in  O
Lima    B-Location
"""


def test_a_name_with_a_name_inside_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ner").mkdir()
    with gzip.open(tmp_path / "ner" / "worldwide-dev.tsv.gz", "wt", encoding="utf-8") as lines:
        lines.write(ROWS)
    monkeypatch.setenv("NEWSWIRE_SHARED_DATA", str(tmp_path))
    (document,) = worldwide("dev")
    names = [(document.text[s.start : s.end], s.types) for s in document.spans]
    assert names == [("Lima Tram Board", ("ORG",)), ("Lima", ("LOC",))]


def test_listed_words_speak_only_with_a_capital() -> None:
    classes = {"mary": ("64.3", GIVEN, SURNAME)}
    assert {"c64.3", "cgiven", "csurname"} <= set(attributes("Mary", classes))
    assert "cgiven" not in attributes("mary", classes)


SILVER = """Sentence #,Word,POS,Tag
Sentence: 1,Zarqa,NNP,B-geo
,and,CC,O
,Zarqa,NNP,B-geo
,with,IN,O
,Tolv,NNP,B-org
,Tolv,NNP,B-per
,Once,NNP,B-org
"""


def test_names_languages_acronyms_and_silver_names_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = pytest.importorskip("streams.training.entities.names")
    (tmp_path / "ner").mkdir()
    with gzip.open(tmp_path / "ner" / "gmb.csv.gz", "wt", encoding="latin-1") as lines:
        lines.write(SILVER)
    monkeypatch.setenv("NEWSWIRE_SHARED_DATA", str(tmp_path))
    classes = names.name_classes()
    assert GIVEN in classes["mary"]
    assert SURNAME in classes["okafor"]
    assert classes["inuktitut"] == (LANGUAGE,)
    assert classes["gps"] == (ACRONYM,)
    assert classes["zarqa"] == ("silverloc",)
    assert not {"tolv", "once"} & classes.keys()
