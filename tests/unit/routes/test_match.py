from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.records import (
    Article,
    Dedup,
    Entity,
    Evidence,
    Mention,
    RouteHit,
    Subject,
)
from streams.stages.routes import Index, RouteTable, load_builtin, route
from streams.stages.routes.conditions import All, AnyOf, Condition, NoneOf
from streams.stages.routes.near import windows
from streams.stages.routes.words import fold
from tests.unit.routes.conditions import conditions

TEXT = (
    "Iran fired a ballistic missile on Monday, U.S. officials said.\n"
    "The Ballistic\nMissile test came after peace talks in Geneva; Iran\u2019s envoy left early."
)


def _article(**fields: object) -> Article:
    made: dict[str, object] = {
        "article_id": "1",
        "text": TEXT,
        "title": "Iran tests missile",
        "source": "AFP",
        "source_id": "afp-en",
        "url": "https://www.example.org/a",
        "agency": "Reuters",
        "place": "GENEVA, Switzerland",
        "language": "en-GB",
        "dedup": Dedup(status="update", cluster_id="c"),
        "entities": [
            Entity(
                entity_id="Q794",
                type="Location",
                name="Islamic Republic of Iran",
                mentions=[
                    _mention("Iran", 0, 0.9),
                    _mention("Iran", TEXT.rindex("Iran"), 0.6),
                ],
            )
        ],
        "subjects": [
            Subject(
                code="medtop:20000056",
                label="armed conflict",
                confidence=0.7,
                evidence=[Evidence(text="missile", start=23, end=30)],
            ),
            Subject(code="medtop:16000000", label="conflict", confidence=0.8),
        ],
    }
    return Article(**(made | fields))  # type: ignore[arg-type]


def _mention(text: str, start: int, confidence: float) -> Mention:
    return Mention(start=start, end=start + len(text), text=text, confidence=confidence)


def _hit(condition: str, article: Article | None = None) -> RouteHit | None:
    hits = RouteTable.of([route("r", condition)]).match(article or _article())
    return hits[0] if hits else None


@pytest.mark.parametrize(
    "condition",
    [
        'phrase:"ballistic missile"[count=2]',
        'phrase:"ballistic missile on monday"',
        'phrase:"ballistic-missile"',
        'phrase:"U.S."',
        'phrase:"u.s. officials"',
        "phrase:iran[in=title]",
        "phrase:geneva[in=lead]",
        'phrase:"Ballistic Missile"[case=exact]',
        "near:iran,missile[words=3]",
        "near:missile,fired,iran[words=3]",
        "entity:Iran[count=2]",
        'entity:"islamic republic of iran"[type=location]',
        "entity:Iran[in=title]",
        "entity_id:Q794[count=2 confidence=0.5]",
        "entity_type:location",
        "subject:medtop:16000000[confidence=0.8]",
        "subject:medtop:20000056[children=no]",
        "source:afp",
        "source:AFP-EN",
        "source:example.org",
        "source:www.example.org",
        "agency:reuters",
        "language:en",
        "language:EN-gb",
        "place:geneva",
        'place:"Geneva, Switzerland"',
        "dedup:update",
        "NOT source:dpa",
        "source:dpa OR agency:reuters",
        "NOT (source:dpa OR agency:ap)",
    ],
)
def test_what_holds(condition: str) -> None:
    assert _hit(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "phrase:miss",
        "phrase:missiles",
        'phrase:"ballistic missile"[count=3]',
        'phrase:"missile monday"',
        'phrase:"Ballistic missile"[case=exact]',
        "phrase:geneva[in=title]",
        'phrase:"U+S"',
        "near:iran,missile[words=2 in=text]",
        "near:iran,geneva[in=title words=100]",
        "entity:Iran[count=3]",
        "entity:Iran[type=person]",
        "entity_id:Q794[count=2 confidence=0.8]",
        "entity_type:person",
        "subject:medtop:16000000[confidence=0.9]",
        "subject:medtop:11000000",
        "source:ap",
        "agency:afp",
        "language:de",
        "place:switz",
        "dedup:unique",
        "NOT source:afp",
        "source:afp NOT phrase:missile",
    ],
)
def test_what_does_not_hold(condition: str) -> None:
    assert _hit(condition) is None


def test_each_piece_of_evidence_stands_where_it_says() -> None:
    hit = _hit(
        "phrase:missile AND near:iran,monday AND subject:medtop:16000000"
        ' AND entity:iran AND source:afp AND (phrase:absent OR phrase:"peace talks") NOT source:x'
    )
    assert hit
    spans_of = {clause.clause: clause.spans for clause in hit.evidence}
    assert list(spans_of) == [
        "subject:medtop:16000000",
        "source:afp",
        'entity:"iran"',
        'phrase:"missile"',
        'near:"iran","monday"',
        'phrase:"peace talks"',
    ]
    spans = [span for clause in hit.evidence for span in clause.spans]
    assert all(TEXT[s.start : s.end] == s.text for s in spans if s.start >= 0)
    missiles = spans_of['phrase:"missile"']
    assert [s.text for s in missiles] == ["missile", "missile", "Missile"]
    assert [s.start for s in missiles] == [-1, 23, TEXT.index("Missile")]
    assert spans_of["source:afp"] == [Evidence(text="AFP")]


def test_a_subject_stands_for_its_parents() -> None:
    article = _article(subjects=[Subject(code="medtop:20000062", label="war", confidence=0.9)])
    routes = [
        route("below", "subject:medtop:20000056"),
        route("exact", "subject:medtop:20000056[children=no]"),
        route("sure", "subject:medtop:16000000[confidence=0.95]"),
        route("top", "subject:medtop:16000000"),
    ]
    assert [h.route for h in RouteTable.of(routes).match(article)] == ["below", "top"]
    assert RouteTable.of(routes, parents={}).match(article) == []


def test_what_a_child_and_its_listed_parent_both_say_is_said_once() -> None:
    span = Evidence(text="strikes", start=0, end=7)
    codes = ("medtop:20000062", "medtop:20000056", "medtop:16000000")
    subjects = [Subject(code=c, label=c, confidence=0.9, evidence=[span]) for c in codes]
    hit = _hit("subject:medtop:16000000", _article(subjects=subjects))
    assert hit
    assert hit.evidence[0].spans == [span]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("İstanbul\u2019da C++ ve 北京的新闻", "C++"),
        ("İstanbul\u2019da C++ ve 北京的新闻", "北京"),
        ("ΟΔΟΣ ΑΘΗΝΑΣ", "οδος αθηνας"),
        ("the café\u2019s owner", "café's"),
        ("peace\u00a0talks", "peace talks"),
        ("cease\u2011fire", "cease fire"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940 news", "\u0939\u093f\u0928\u094d\u0926\u0940"),
    ],
)
def test_phrases_in_other_scripts_keep_their_places(text: str, phrase: str) -> None:
    hit = _hit(f'phrase:"{phrase}"', _article(text=text, title=None))
    assert hit
    assert all(text[s.start : s.end] == s.text for c in hit.evidence for s in c.spans)


def test_a_word_with_another_mark_is_another_word() -> None:
    hindi = "\u0939\u093f\u0928\u094d\u0926"
    assert _hit(f'phrase:"{hindi}"', _article(text=hindi + " news", title=None))
    assert not _hit(f'phrase:"{hindi}"', _article(text=hindi + "\u0940 news", title=None))


def test_folding_keeps_the_length_of_every_character() -> None:
    assert all(len(fold(chr(code))) == 1 for code in range(0x110000))


def test_an_article_without_fields_meets_every_built_in_route() -> None:
    assert load_builtin().match(Article(article_id="1", text="")) == []


def test_a_route_that_is_not_enabled_matches_nothing_but_is_listed() -> None:
    table = RouteTable.of([route("r", "source:afp", enabled=False)])
    assert table.match(_article()) == []
    assert [made.slug for made in table.routes()] == ["r"]


@given(st.lists(conditions, max_size=6), st.sampled_from(["", "iran peace a"]))
def test_the_index_gives_the_answers_of_the_naive_loop(several: list[Condition], text: str) -> None:
    article = Article(article_id="1", text=text) if text else _article()
    routes = [route(f"r{number}", condition) for number, condition in enumerate(several)]
    naive = [hit for made in routes for hit in RouteTable.of([made]).match(article)]
    assert RouteTable.of(routes).match(article) == naive
    truth = {made.slug: _true(made.condition, article) for made in routes}
    assert {hit.route for hit in naive} == {slug for slug, holds in truth.items() if holds}


def _true(node: Condition, article: Article) -> bool:
    match node:
        case All():
            return all(_true(part, article) for part in node.all)
        case AnyOf():
            return any(_true(part, article) for part in node.any)
        case NoneOf():
            return not any(_true(part, article) for part in node.none)
        case _:
            return bool(RouteTable.of([route("one", node)]).match(article))


@given(
    st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=4), min_size=2, max_size=3),
    st.integers(0, 5),
)
def test_a_window_is_found_if_and_only_if_there_is_one(starts: list[list[int]], most: int) -> None:
    places = [[(start, start) for start in sorted(set(some))] for some in starts]
    found = windows(places, most)
    others = {
        (min(s), max(s)): max(s) - min(s) + 1 - len(s)
        for s in product(*[[start for start, _ in some] for some in places])
    }
    assert bool(found) == any(count <= most for count in others.values())
    assert all(others[window] <= most for window in found)


def test_a_table_answers_as_of_its_version_while_the_index_changes() -> None:
    index = Index()
    index.put(route("a", "phrase:missile"), 1)
    first = RouteTable(index)
    index.put(route("a", "phrase:absent"), 2)
    index.put(route("b", "source:afp"), 3)
    second = RouteTable(index)
    index.drop("b", 4)
    assert [hit.route for hit in first.match(_article())] == ["a"]
    assert [hit.route for hit in second.match(_article())] == ["b"]
    assert RouteTable(index).match(_article()) == []
    assert [made.slug for made in second.routes()] == ["a", "b"]
    assert [made.slug for made in RouteTable(index).routes()] == ["a"]


def test_what_no_table_can_see_is_forgotten() -> None:
    index = Index()
    for version in range(100):
        index.put(route("a", f'phrase:"word{version} next"'), version)
    table = RouteTable(index)
    index.drop("a", 100)
    assert len(index.phrases) == 1
    del table
    index.drop("a", 101)
    assert (len(index), len(index.phrases)) == (0, 0)
