from streams.records import Article, Entity
from streams.stages.entities import load_tagger
from streams.text.tokens import tokenise


def tag(text: str, language: str | None = None) -> dict[str, Entity]:
    articles = [Article(article_id="a", text=text, language=language)]
    return {e.entity_id: e for e in load_tagger().tag(articles, tokenise([text]))[0]}


def mentions(entity: Entity) -> list[str]:
    return [mention.text for mention in entity.mentions]


def test_a_surname_carries_the_full_names_id() -> None:
    found = tag(
        "President Lucia Marquez spoke in Madrid. Marquez said that talks would go on. "
        "Critics of Marquez left."
    )
    assert mentions(found["local:PER:lucia-marquez"]) == ["Lucia Marquez", "Marquez", "Marquez"]


def test_an_acronym_in_brackets_carries_the_organisations_id() -> None:
    found = tag(
        "The Northern Fisheries Council (NFC) met in Oslo. A spokesman for the NFC said on "
        "Monday that the NFC would vote."
    )
    entity = found["local:ORG:northern-fisheries-council"]
    assert mentions(entity)[:2] == ["Northern Fisheries Council", "NFC"]


def test_possessives_and_titles_stay_outside() -> None:
    found = tag("Prime Minister Edi Hoxha praised Albania's army on Friday.")
    assert mentions(found["local:PER:edi-hoxha"]) == ["Edi Hoxha"]
    assert mentions(found["iso3166:AL"]) == ["Albania"]


def test_a_country_has_one_id_under_all_its_names() -> None:
    found = tag("The United States and Britain met. The U.S. said the UK agreed.")
    assert mentions(found["iso3166:US"]) == ["United States", "U.S."]
    assert mentions(found["iso3166:GB"]) == ["Britain", "UK"]


def test_other_languages_get_only_names_that_the_gazetteer_knows() -> None:
    found = tag("Der Minister Karl Wiesner sprach in Berlin mit der NATO.", language="de")
    assert found
    assert not [identity for identity in found if identity.startswith("local:")]


def test_evidence_on_demand_names_words_and_weights() -> None:
    lines = load_tagger().explain(tokenise(["He flew to Ankara on Friday."]), "Ankara")
    assert lines
    label, first = lines[0]
    assert label.endswith("LOC")
    assert first.startswith(("+", "-"))
    assert " at " in first


def test_a_suicide_bomber_is_no_aircraft() -> None:
    assert "newswire:PLATFORM:bomber" not in tag("A suicide bomber struck Kabul on Monday.")
    assert "newswire:PLATFORM:bomber" in tag("A bomber struck Kabul on Monday.")


def test_towns_stand_apart_from_their_countries_and_surnames_may_come_first() -> None:
    found = tag("Xi Jinping flew to Lyon, France. Xi said that he liked Lyon.")
    assert mentions(found["local:PER:xi-jinping"]) == ["Xi Jinping", "Xi"]
    assert mentions(found["iso3166:FR"]) == ["France"]
