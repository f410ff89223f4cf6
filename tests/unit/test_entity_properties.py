"""Offsets are right on every mention of any text, and a batch never changes an article."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.records import Article, Entity
from streams.stages.entities import load_tagger
from streams.text.tokens import tokenise

PIECES = st.sampled_from(
    [
        *("Ana Silva", "U.S.", "China's", "F-16", "the", "NATO", "said", "Zoë", "Côte d'Ivoire"),
        *(
            "אנה סילבה",
            "محمد",
            "e\u0301lan",
            "Ma\u0304ori",
            "👩‍🚀",
            "🇺🇦",
            "\u200f",
            "\u202bX\u202c",
        ),
        *(
            "İstanbul",
            "ǅ",
            "ﬁn",
            "中国",
            "\x00",
            "\ufeff",
            ".",
            "\n",
            "  ",
            "(",
            ")",
            "-",
            "\u2019s",
        ),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map(" ".join))


def tag(texts: list[str]) -> list[list[Entity]]:
    articles = [Article(article_id=str(n), text=text) for n, text in enumerate(texts)]
    return load_tagger().tag(articles, tokenise(texts))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_offsets_are_exact_and_batches_are_nothing_but_batches(texts: list[str]) -> None:
    tagged = tag(texts)
    for text, entities in zip(texts, tagged, strict=True):
        spans = []
        for entity in entities:
            assert entity.mentions
            for mention in entity.mentions:
                assert text[mention.start : mention.end] == mention.text
                assert mention.text.strip() == mention.text != ""
                spans.append((mention.start, mention.end))
        spans.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert tagged == [tag([text])[0] for text in texts]


CUT = st.sampled_from(
    [
        *("World", "Health", "Organization", "United", "Kingdom", "Nations", "New", "York"),
        *("South", "Korea", "Bank", "of", "England", "cruise", "missile", "Black", "Hawk", "\n"),
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CUT, min_size=1, max_size=3).map(" ".join), min_size=2, max_size=6))
def test_no_name_reaches_from_one_text_into_the_next(texts: list[str]) -> None:
    assert tag(texts) == [tag([text])[0] for text in texts]
