"""The routes as the topic `news.routes` tells them: changes in its order, tables at any moment."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streams.stages.routes.index import Index
from streams.stages.routes.record import InvalidRoute, Route, decode
from streams.stages.routes.table import RouteTable
from streams.stages.routes.view import Parents

PIECE_CHANGES, PIECE_BYTES = 100, 50_000


class Change(NamedTuple):
    """A record of `news.routes`: its offset, the slug as key, the route or None to remove it."""

    offset: int
    key: bytes | None
    value: bytes | None


class Ignored(NamedTuple):
    """A change that was not applied, and why; the route of that slug stays as it was."""

    offset: int
    detail: str


def piece_size(waiting: Iterable[Change]) -> int:
    """How many of the changes that wait to apply at once, at least one of them.

    Matching stands still meanwhile, and the cost of a change goes with its bytes.
    """
    count = size = 0
    for change in waiting:
        size += len(change.value or b"")
        if count == PIECE_CHANGES or (count and size > PIECE_BYTES):
            break
        count += 1
    return count


class RouteBook:
    """The built-in routes, changed by the topic's records up to `version` (the next offset).

    A route of the topic replaces the built-in one of its slug; removing it brings that one back
    (to silence a built-in route, write it with `enabled` false). The same records, compacted or
    not, give the same tables, but for values that were bad: those leave what was before them.
    """

    def __init__(self, builtin: Iterable[Route] = (), parents: Parents | None = None) -> None:
        self._builtin = {route.slug: route for route in builtin}
        self._parents = parents
        self._index = Index()
        for route in self._builtin.values():
            self._index.put(route, 0)

    @property
    def version(self) -> int:
        """The offset after the last record that was seen."""
        return self._index.version

    def table(self) -> RouteTable:
        """The table at this version; it stays what it is while the book goes on."""
        return RouteTable(self._index, self._parents)

    def apply(self, changes: Sequence[Change], upto: int | None = None) -> list[Ignored]:
        """See these records, in order of their offsets; the version becomes `upto` if given.

        Offsets may have gaps; a record seen before is passed over. Returns what was ignored.
        """
        ignored = []
        for change in changes:
            if change.offset < self.version:
                continue
            try:
                self._see(change)
            except InvalidRoute as error:
                ignored.append(Ignored(change.offset, str(error)))
                self._index.advance(change.offset + 1)
        if upto is not None and upto > self.version:
            self._index.advance(upto)
        return ignored

    def _see(self, change: Change) -> None:
        version = change.offset + 1
        route = read_change(change)
        if route is not None:
            self._index.put(route, version)
            return
        slug = (change.key or b"").decode()
        if slug in self._builtin:
            self._index.put(self._builtin[slug], version)
        else:
            self._index.drop(slug, version)


def read_change(change: Change) -> Route | None:
    """The route of a record, None if it removes one.

    Raises:
        InvalidRoute: no route, or its slug is not the record's key.
    """
    try:
        slug = (change.key or b"").decode()
    except UnicodeDecodeError:
        raise InvalidRoute("the key is not UTF-8") from None
    if not slug:
        raise InvalidRoute("the record has no key: it must be the slug")
    if change.value is None:
        return None
    route = decode(change.value)
    if route.slug != slug:
        raise InvalidRoute(f"the key {slug!r} is not the slug {route.slug!r}")
    return route
