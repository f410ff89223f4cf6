import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.stages.clean import markup
from streams.stages.clean.edits import apply, are_valid


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("<p>One &amp; two</p><p>three</p>", "\nOne & two\n\nthree\n"),
        ("a<br/>b <a href='x'>c</a>", "a\nb c"),
        ("a<script>if (a<b) { x() }</script>b<style>p{}</style>c", "abc"),
        ("a<!-- no -->b<!-- open", "ab open"),
        ("a <script> b", "a  b"),
        ("5 < 6 and <name@x.example> stays, a <then b> too", None),
        ("AT&T; &unknown; & x", None),
        ("&nbsp;&#8217;&#x201d;&shy;&#0;", "\xa0\u2019\u201d\ufffd"),
        ("Rain &amp;amp; wind &amp;amp;amp;quot;now&amp;quot;", 'Rain & wind "now"'),
        ("AT&amp;T; &amp;amp;unknown;", "AT&T; &unknown;"),
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("\ufeffa\x00b\xadc\x07", "abc"),
        ("\u200fשלם\u200d نمی\u200cشود 👩\u200d🚀", None),
    ],
)
def test_plain_text_is_left(raw: str, plain: str | None) -> None:
    edits = markup.edits(raw)
    assert are_valid(edits, len(raw))
    assert apply(raw, edits) == (raw if plain is None else plain)


@given(st.text(st.sampled_from("<>/&;#pbrscript!- \r\n\0\xad1x"), max_size=60))
def test_no_replacement_is_over_one_character(raw: str) -> None:
    edits = markup.edits(raw)
    assert are_valid(edits, len(raw))
    assert all(len(replacement) <= 1 for *_, replacement in edits)


def test_many_unclosed_scripts_cost_no_more_than_one() -> None:
    raw = "<script><!--" * 20_000
    assert apply(raw, markup.edits(raw)) == ""


def test_a_title_is_made_plain() -> None:
    assert markup.plain(" <b>Rain</b> &amp;\n wind ") == "Rain & wind"


@pytest.mark.parametrize(
    "text",
    [
        "Profit fell at <Video Shopping Mall Inc> and <B and R International\nInc.>.",
        "USAir Group Inc <U> and <I> rose, <Center Bancorp> fell.",
        "Du Pont Co <DD> and <EM> rose, <TH> fell.",
    ],
)
def test_a_company_in_angle_brackets_is_no_tag(text: str) -> None:
    assert markup.edits(text) == []
    assert markup.plain(text) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "a<I>b</i>c",
        "a<video controls muted/>b",
        "a<td nowrap>b",
        "a<br/>b",
        "a<U>b</U >c",
        "a<BR>b",
        "<UL><LI>b</UL>",
    ],
)
def test_a_tag_in_capitals_or_with_bare_attributes_is_a_tag(text: str) -> None:
    assert "<" not in apply(text, markup.edits(text))
