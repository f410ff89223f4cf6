from streams.records import Article, Entity
from streams.stages.entities import load_tagger
from streams.text.tokens import tokenise

TEXT = (
    "Foreign Minister Ana Silva of Brazil met Nato officials in Ankara, Turkey, on Monday. "
    "Silva said China's navy had fired a cruise missile near Taiwan.\n"
    "An F-16 of the U.S. Air Force escorted her aircraft."
)


def tag(*texts: str, language: str | None = None) -> list[list[Entity]]:
    articles = [Article(article_id=str(n), text=t, language=language) for n, t in enumerate(texts)]
    return load_tagger().tag(articles, tokenise(list(texts)))


def test_mentions_are_exactly_the_text() -> None:
    for text, entities in zip([TEXT, "", "x"], tag(TEXT, "", "x"), strict=True):
        for entity in entities:
            for mention in entity.mentions:
                assert text[mention.start : mention.end] == mention.text
                assert 0 <= mention.confidence <= 1


def test_who_where_and_what() -> None:
    found = {entity.entity_id: entity for entity in tag(TEXT)[0]}
    assert [m.text for m in found["local:PER:ana-silva"].mentions] == ["Ana Silva", "Silva"]
    assert found["iso3166:CN"].mentions[0].text == "China"
    assert found["iso3166:TR"].type == "LOC"
    assert found["newswire:PLATFORM:f-16"].mentions[0].text == "F-16"
    assert found["newswire:WEAPON:cruise-missile"].type == "WEAPON"


def test_the_batch_does_not_change_an_article() -> None:
    others = ["London is far.", TEXT * 3, "", "The Taliban met Xi Jinping."]
    assert tag(TEXT)[0] == tag(*others, TEXT)[-1]
