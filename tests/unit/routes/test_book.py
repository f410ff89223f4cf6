from hypothesis import given
from hypothesis import strategies as st

from streams.reasons import Reason
from streams.records import Article
from streams.stages.contract import DeadLetter, Record
from streams.stages.routes import Change, Ignored, Route, RouteBook, RouteCheck, encode, route
from streams.stages.routes.table import builtin_routes, builtin_slugs

WORDS = ("peace", "war", "trade")
BUILTIN = [route("peace", "phrase:peace")]


def _change(offset: int, slug: str, condition: str | None) -> Change:
    value = None if condition is None else encode(route(slug, condition))
    return Change(offset, slug.encode(), value)


def _slugs(book: RouteBook, text: str = "peace war trade") -> list[str]:
    return [hit.route for hit in book.table().match(Article(article_id="1", text=text))]


def test_changes_apply_in_order_and_a_tombstone_removes() -> None:
    book = RouteBook()
    assert book.apply([_change(4, "a", "phrase:war"), _change(7, "b", "phrase:absent")]) == []
    assert (book.version, _slugs(book)) == (8, ["a"])
    book.apply([_change(8, "b", "phrase:trade"), _change(9, "a", None)])
    assert (book.version, _slugs(book)) == (10, ["b"])
    book.apply([_change(8, "b", None)])
    assert (book.version, _slugs(book)) == (10, ["b"]), "a record seen before"
    book.apply([], upto=15)
    assert book.version == book.table().version == 15


def test_a_built_in_route_is_replaced_silenced_and_brought_back() -> None:
    book = RouteBook(BUILTIN)
    assert _slugs(book) == ["peace"]
    book.apply([_change(0, "peace", "phrase:absent")])
    assert _slugs(book) == []
    book.apply([_change(1, "peace", None)])
    assert _slugs(book) == ["peace"]
    book.apply([Change(2, b"peace", encode(route("peace", "phrase:peace", enabled=False)))])
    assert _slugs(book) == []


def test_bad_routes_are_ignored_and_become_dead_letters() -> None:
    good = _change(0, "a", "phrase:war")
    bad = [
        Change(1, b"a", b"{"),
        Change(2, b"a", b'{"slug": "a", "condition": "phrase:"}'),
        Change(3, b"b", good.value),
        Change(4, None, good.value),
        Change(5, b"\xff", good.value),
        Change(6, None, None),
    ]
    book = RouteBook()
    assert [i.offset for i in book.apply([good, *bad])] == [1, 2, 3, 4, 5, 6]
    assert (book.version, _slugs(book)) == (7, ["a"])
    outcomes = RouteCheck()([Record(c.value, c.key) for c in (good, *bad)])
    assert outcomes[0] == ()
    letters = [o for o in outcomes[1:] if isinstance(o, DeadLetter)]
    assert [letter.reason for letter in letters] == [Reason.INVALID_ROUTE] * len(bad)
    assert "not the slug" in letters[2].detail
    assert book.apply([Change(7, b"a", b"{")])[0] == Ignored(7, letters[0].detail)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.sampled_from(WORDS)), max_size=20),
    st.integers(0, 20),
)
def test_compacted_or_not_the_tables_are_the_same(
    written: list[tuple[str, str | None]], since: int
) -> None:
    changes = [
        _change(offset, slug, word and f"phrase:{word}")
        for offset, (slug, word) in enumerate(written)
    ]
    whole, compacted = RouteBook(), RouteBook()
    whole.apply(changes, len(changes))
    compacted.apply(changes[:since])
    latest = {change.key: change for change in changes}
    compacted.apply([c for c in changes if c is latest[c.key]], len(changes))
    assert compacted.table().routes() == whole.table().routes()
    assert _slugs(compacted) == _slugs(whole)
    assert compacted.version == whole.version


def test_the_built_in_table() -> None:
    routes = RouteBook(builtin_routes()).table().routes()
    assert [r.slug for r in routes] == builtin_slugs()
    assert all(isinstance(r, Route) and r.enabled for r in routes)
