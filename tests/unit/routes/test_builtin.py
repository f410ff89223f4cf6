"""The built-in routes: every top subject has a stream, single words do not decide."""

import pytest

from streams.records import Article, Entity, Mention, Subject
from streams.stages.routes import RouteTable, builtin_routes
from streams.stages.subjects.taxonomy import topics

TABLE = RouteTable.of(builtin_routes())
TOPS = [code for code, topic in topics().items() if topic.parent is None]


def _slugs(text: str, *codes: str, title: str = "", weapons: tuple[str, ...] = ()) -> set[str]:
    subjects = [Subject(code=code, label=code, confidence=0.95) for code in codes]
    entities = [
        Entity(
            entity_id=name,
            type="WEAPON",
            name=name,
            mentions=[Mention(start=0, end=1, text=name, confidence=0.9)],
        )
        for name in weapons
    ]
    article = Article(article_id="1", title=title, text=text, subjects=subjects, entities=entities)
    return {hit.route for hit in TABLE.match(article)}


@pytest.mark.parametrize("code", TOPS)
@pytest.mark.parametrize("confidence", [0.4, 0.95])
def test_a_top_subject_alone_has_a_stream(code: str, confidence: float) -> None:
    subject = Subject(code=code, label=code, confidence=confidence)
    assert TABLE.match(Article(article_id="1", text="Nothing more.", subjects=[subject]))


def test_a_gas_explosion_is_an_accident_and_no_weapon() -> None:
    text = "A gas explosion like a bomb destroyed the house. No explosive was found, no bomb."
    slugs = _slugs(text, "medtop:03000000", weapons=("bomb", "explosive"))
    assert "accidents" in slugs
    assert not slugs & {"weapons", "defence", "armed-conflict", "terrorism"}


def test_a_state_of_emergency_over_a_storm_is_no_unrest() -> None:
    text = "The state of emergency was declared as the hurricane came."
    assert "coups-unrest" not in _slugs(text, "medtop:20000151", title="State of emergency")
    assert "coups-unrest" in _slugs(text + " A state of emergency ended the protests.")


def test_a_word_of_government_in_passing_is_not_the_government_stream() -> None:
    assert "government" not in _slugs("The spokesman had no comment.", "medtop:20000593")
    assert "government" in _slugs("The parliament passed the budget.", "medtop:20000593")


def test_missiles_in_a_war_are_weapons_and_a_companys_results_are_business() -> None:
    assert "weapons" in _slugs("Rockets fell.", "medtop:20000056", weapons=("rocket", "missile"))
    assert "business" in _slugs("Shr 18 cts vs 14 cts. Net 1,852,000 vs 1,488,000.")


def test_a_child_listed_alone_reaches_the_streams_of_its_parents() -> None:
    assert "armed-conflict" in _slugs("They fought on.", "medtop:20000062")
