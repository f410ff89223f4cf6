import re
import sys
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.text import tokens
from streams.text.tokens import TokenBatch, tokenise
from tests.unit.reference_tokens import reference

PIECES = st.sampled_from(
    [
        *"aAzZ.s '’ʼ\"”)»?!…。0٣½_-=*~#\n\t,:/éЖא中\u0301\u200d\u00adI\ud800\u0e33\U0001f600",  # noqa: RUF001
        *(
            "www.",
            "http://",
            "https://",
            "Gen",
            "No",
            "vs",
            "U.S.",
            "com",
            "net",
            "'s",
            "...",
            "\u02bcs",
        ),
        *("Mr.", " Sept", "👩‍🚀", "🇺🇦", "\u200f", "\u202b", "e\u0301lan", "שלום", "İ", "ǅ", "ﬁ"),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=24).map("".join))


@settings(max_examples=1500, deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_the_loops_agree_with_the_regular_expression(texts: list[str]) -> None:
    batch = tokenise(texts)
    sentences = set(batch.sentence.tolist())
    for number, text in enumerate(texts):
        low, high = int(batch.doc[number]), int(batch.doc[number + 1])
        expected = reference(text)
        found = zip(batch.start[low:high].tolist(), batch.end[low:high].tolist(), strict=True)
        assert list(found) == expected.spans
        assert [t - low for t in range(low, high) if t in sentences] == expected.opening
    assert rebuilt(batch) == batch.words
    assert list(dict.fromkeys(batch.words)) == batch.vocabulary


def rebuilt(batch: TokenBatch) -> list[str]:
    return [
        batch.texts[d][batch.start[i] : batch.end[i]]
        for d in range(len(batch.texts))
        for i in range(batch.doc[d], batch.doc[d + 1])
    ]


def test_offsets_and_ids_point_at_the_words() -> None:
    batch = tokenise(["Mr. O'Brien's F-16 left.", "", "e\u0301lan 👩‍🚀 שלום עליכם", " \n "])
    assert rebuilt(batch) == batch.words == [batch.vocabulary[i] for i in batch.ids]
    assert batch.doc.tolist() == [0, 8, 8, 14, 14]


def test_possessives_hyphens_and_abbreviations() -> None:
    words = tokenise(["Gen. Dung of U.S.-backed Sana'a met China's envoy."]).words
    assert words == [
        *("Gen.", "Dung", "of", "U.S.", "-", "backed", "Sana'a", "met", "China", "'s", "envoy"),
        ".",
    ]


def test_nothing_but_white_space_is_left_out() -> None:
    text = "a\u0301\u00adb \u200b ½ €5,000.50 #x_y http://a.b/c?d=e. \U0001f600\ufe0f"
    batch = tokenise([text])
    covered = "".join(batch.words)
    assert covered == "".join(text.split())


def test_sentences_end_at_stops_and_lines_never_across_texts() -> None:
    batch = tokenise(['He said "no." Then left\nHeadline here', "Next. One"])
    bounds = batch.sentence.tolist()
    sentences = [" ".join(batch.words[a:b]) for a, b in pairwise(bounds)]
    assert sentences == [
        'He said " no . "',
        "Then left",
        "Headline here",
        "Next .",
        "One",
    ]


def test_an_empty_batch() -> None:
    batch = tokenise([])
    assert batch.words == []
    assert batch.doc.tolist() == [0]


def test_characters_beyond_the_table_are_in_no_class() -> None:
    rest = "".join(map(chr, range(tokens._CLASSED, sys.maxunicode + 1)))
    assert not re.search(rf"[\s\w{tokens._MARKS}]", rest)
