import sys

import pytest

from streams.records import Article
from streams.stages.clean import RawArticle, clean
from streams.stages.clean.fields import dateline
from streams.stages.clean.language import language


@pytest.mark.parametrize(
    ("text", "place", "agency"),
    [
        ("WASHINGTON (AP) — The vote", "WASHINGTON", "AP"),
        ("(Reuters) - The vote", None, "Reuters"),
        ("PARIS, Nov 5 (AFP) - France", "PARIS", "AFP"),
        ("PORT-AU-PRINCE, Haiti (AP) -- Gangs", "PORT-AU-PRINCE, Haiti", "AP"),
        ("NEW DELHI, 5 March 2021 (PTI): A", "NEW DELHI", "PTI"),
        ("JERUSALEM — Israel", "JERUSALEM", None),
        ("RZESZOW, Poland (North Post) - Trucks", "RZESZOW, Poland", "North Post"),
        ("NATO (North Atlantic) members", None, None),
        ("NATO -- the alliance", None, None),
        ("The United Nations (UN) - a body", None, None),
        ("Rain fell on PARIS (AFP) - or so", None, None),
    ],
)
def test_a_dateline_gives_place_and_agency(
    text: str, place: str | None, agency: str | None
) -> None:
    assert dateline(text) == (place, agency)


BODY = "Rain fell on the coast on Monday.\nThe port was closed until noon, its master said."


def one(text: str, **given: str) -> Article:
    [article] = clean([RawArticle(text=text, **given)])  # type: ignore[arg-type]
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize("line", ["By Ana Reis", "BY JO DE LA CRUZ", "By Ana Reis and Tom Lu"])
def test_a_byline_becomes_a_field(line: str) -> None:
    article = one(f"{line}\n{BODY}")
    assert (article.byline, article.text) == (line[3:], BODY)
    assert article.removed[0].reason == "byline"


@pytest.mark.parametrize("line", ["By Monday the rain had stopped.", "By the sea", "By"])
def test_a_sentence_is_no_byline(line: str) -> None:
    assert one(f"{line}\n{BODY}").byline is None


def test_a_given_title_is_not_replaced() -> None:
    assert one(BODY, title="Storm").title == "Storm"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BODY + " It was the third storm of the year and the worst of them, by far.", "en"),
        ("Der Bundestag stimmte am Dienstag für das Gesetz, das im Herbst in Kraft tritt.", "de"),
        ("図書館は火曜日に再開した。市長が発表した。", "ja"),
        ("Rain fell.", None),
        ("12:30 4:15 - 17/3 (2)", None),
    ],
)
def test_the_language_is_told_or_left_open(text: str, code: str | None) -> None:
    assert language(text) == code


def test_a_given_language_wins() -> None:
    assert one(BODY, language="cy").language == "cy"


def test_plain_english_does_not_load_the_identifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py3langid", None)
    assert language("The port of the town was closed to ships and the ferry. " * 4) == "en"


@pytest.mark.parametrize(
    "line", ["Friday, January 4, 2019", "4 January 2019", "Jan. 4, 2019 at 5:30 pm EST"]
)
def test_a_date_line_at_the_head_becomes_the_claimed_date(line: str) -> None:
    article = one(f"{line}\n{BODY}")
    assert (article.claimed_date, article.text) == ("2019-01-04", BODY)
    assert article.removed[0].reason == "dateline_stamp"


@pytest.mark.parametrize("line", ["May 2019", "2019-01-04", "On January 4, 2019 it rained"])
def test_a_line_with_more_or_less_than_a_date_stays(line: str) -> None:
    assert one(f"{line}\n{BODY}").text == f"{line}\n{BODY}"
