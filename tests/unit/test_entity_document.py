from streams.records import Article, Entity
from streams.stages.entities import load_tagger
from streams.stages.entities.document import settle
from streams.stages.entities.names import Name, Spelling
from streams.stages.entities.shortforms import acronyms, typed_as_full
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
    assert mentions(found["newswire:PER:xi-jinping"]) == ["Xi Jinping", "Xi"]
    assert mentions(found["iso3166:FR"]) == ["France"]


def platforms(text: str) -> list[str]:
    entities = tag(text).values()
    found = [m for e in entities if e.type == "PLATFORM" for m in e.mentions]
    return [m.text for m in sorted(found, key=lambda m: m.start)]


def test_what_shares_the_head_of_a_list_is_a_platform_too() -> None:
    used = "The wing used attack, bomber, fighter, and remotely piloted aircraft on Monday."
    names = ["attack", "bomber", "fighter", "remotely piloted aircraft"]
    assert platforms(used) == names
    assert tag(used)["newswire:PLATFORM:attack-aircraft"].name == "attack aircraft"
    assert platforms("The attack began. Unmanned aircraft left.") == ["Unmanned aircraft"]
    assert platforms("After the attack\nand unmanned aircraft left.") == ["unmanned aircraft"]


def spelled(*words: str) -> Spelling:
    return Spelling(list(range(len(words))), list(words), [f" {word.lower()} " for word in words])


def test_an_acronym_has_the_type_of_the_name_that_spells_it() -> None:
    spelling = spelled("Ana", "Maria", "Silva", "(", "AMS", ")", "AMS", "AM")
    full = Name(0, 2, "PER", 0.9, 0, 15, " ana  maria  silva ")
    short = [Name(at, at, "ORG", 0.9, 0, 3, " ams ") for at in (4, 6)]
    other = Name(7, 7, "ORG", 0.9, 0, 2, " am ")
    names = [full, *short, other]
    typed_as_full(names, acronyms(names, spelling), spelling)
    assert [name.type for name in (*short, other)] == ["PER", "PER", "ORG"]


def test_a_place_with_commas_is_as_many_places() -> None:
    text = "Dorsby, Vale County, Peru"
    tokens = tokenise([text])
    spelling = spelled(*tokens.words)
    gazetteer = load_tagger().gazetteer
    whole = Name(0, tokens.size - 1, "LOC", 0.9, 0, len(text), spelling.key(0, tokens.size - 1))
    parts = settle([whole], tokens, spelling, gazetteer)
    assert [text[p.start : p.end] for p in parts] == ["Dorsby", "Vale County", "Peru"]
    assert gazetteer.likeliest(parts[2].form).entity_id == "iso3166:PE"
