from hypothesis import given
from hypothesis import strategies as st

from streams.reasons import Reason
from streams.records import Article, encode
from streams.stages.clean import RawArticle, clean
from streams.stages.clean.edits import Edit, apply, are_valid
from streams.stages.contract import DeadLetter

BODY = (
    "The harbour bridge reopened on Monday after two months of repairs, the port said.\n"
    '"We had to change every bolt," chief engineer Ana Reis told reporters.'
)
AGENCY = f""" date 2023-02-28 {BODY}
kem-tor/lu
Related Links
Learn about bridges of the delta at DeltaNews.example
|Subscribe Free To Our Daily Newsletters
|
Ferry line adds a night boat
Is the old lighthouse for sale?
Pilots' union rejects 'absurd' offer
|
Storm closes three ports
|Subscribe Free To Our Daily Newsletters"""


def one(text: str, **fields: str) -> Article:
    article = clean([RawArticle(text=text, **fields)])[0]  # type: ignore[arg-type]
    assert isinstance(article, Article)
    return article


def edits(article: Article) -> list[Edit]:
    return [(r.start, r.end, r.reason, r.replacement) for r in article.removed]


def test_an_agency_article_loses_its_residue_and_nothing_else() -> None:
    article = one(AGENCY)
    assert article.text == BODY
    assert [r.reason for r in article.removed] == [
        "dateline_stamp",
        "sign_off",
        "related_links",
        "newsletter",
        "markup",
        "headline_list",
        "markup",
        "headline_list",
        "newsletter",
    ]
    assert article.claimed_date == "2023-02-28"
    assert (article.published_at, article.published_from) == (
        "2023-02-28T00:00:00Z",
        "claimed_date",
    )


def test_prose_after_a_marker_stays() -> None:
    text = f"{BODY}\nRelated Links\nFerry line adds a night boat\nThe port expects delays."
    assert one(text).text == f"{BODY}\nThe port expects delays."


def test_a_stamp_that_is_no_date_goes_and_claims_none() -> None:
    article = one("date 2023-02-30 Rain fell.")
    assert article.text == "Rain fell."
    assert article.claimed_date is None


def test_a_published_field_wins_over_the_claimed_date() -> None:
    article = one("date 2023-02-28 Rain fell.", published_at="2023-03-01T00:00:00Z")
    assert (article.published_at, article.published_from) == ("2023-03-01T00:00:00Z", "field")


def test_only_residue_is_a_dead_letter_in_its_place() -> None:
    found = clean(
        [
            RawArticle(text="Rain fell."),
            RawArticle(text="|\n|"),
            RawArticle(text="<script>x</script>"),
        ]
    )
    assert isinstance(found[0], Article)
    assert [o.reason for o in found[1:] if isinstance(o, DeadLetter)] == [Reason.EMPTY_TEXT] * 2


def test_a_title_with_entities_is_decoded_and_kept_as_it_was() -> None:
    article = one("Rain fell.", title="Rain &amp; wind")
    assert (article.title, article.extra) == ("Rain & wind", {"title": "Rain &amp; wind"})


def test_offsets_are_code_points_around_a_mark_and_emoji() -> None:
    article = one("\ufeff👩‍🚀 Läuft.\r\n\r\n\r\nEnde gut.\r\n")
    assert article.text == "👩‍🚀 Läuft.\n\nEnde gut."


PIECES = st.sampled_from(
    [
        "Rain fell on the coast.",
        "kem-tor/lu",
        "Related Links",
        "|",
        "Storm closes ports",
        "",
        " ",
        "\r",
        "<p>",
        "&amp;",
        "</p>",
        "\t",
        "date 2023-02-28 ",
        "\ufeff",
        "\x00",
        "\xa0",
        "<script>",
        "Subscribe Free To Our Daily Newsletters",
        "é👩‍🚀",
        "\u2028",
        "A. B.",
    ]
)
TEXTS = st.lists(PIECES | st.just("\n"), max_size=25).map("".join) | st.text(max_size=80)


@given(TEXTS)
def test_removed_spans_explain_the_text(text: str) -> None:
    article = clean([RawArticle(text=text)])[0]
    if isinstance(article, DeadLetter):
        return
    assert are_valid(edits(article), len(text))
    assert apply(text, edits(article)) == article.text
    assert article.text == article.text.strip()
    again = clean([RawArticle(text=text)])[0]
    assert isinstance(again, Article)
    assert encode(again) == encode(article)


@given(TEXTS.filter(lambda text: "&" not in text and "<" not in text))
def test_cleaning_a_clean_text_removes_nothing_more(text: str) -> None:
    article = clean([RawArticle(text=text)])[0]
    if isinstance(article, DeadLetter) or article.text.lower().startswith("date "):
        return
    assert one(article.text).text == article.text
