"""The index of standing routes: changed in place, read at any version, without locks.

One thread changes it; any number of threads match against `RouteTable`s at their own versions.
A route lives from the version that brought it to the one that replaced or removed it, so a table
gives the same answers however much the index changes meanwhile. What is dead is unlinked once no
table can see it.
"""

from collections import deque
from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

from msgspec import Struct

from streams.stages.routes.phrases import Phrases
from streams.stages.routes.probes import Node, Probes, probes_of
from streams.stages.routes.record import Route
from streams.stages.routes.terms import FIELDS, NO_TERM, required

FOREVER = 2**63 - 1


class Reader(Protocol):
    """Something that reads the index at a version."""

    version: int


class Entry(Struct, gc=False, eq=False):
    """A route in the index, alive in versions born <= version < died."""

    route: Route
    node: Node
    born: int
    died: int = FOREVER


class Index:
    """Routes by a term that they require; see the module for who may call what."""

    def __init__(self) -> None:
        self.phrases = Phrases()
        self.version = 0
        self.readers: WeakSet[Reader] = WeakSet()
        self._probes = Probes()
        self._current: dict[str, Entry] = {}
        self._by_term: dict[str, dict[str, list[Entry]]] = {field: {} for field in FIELDS}
        self._dead: deque[Entry] = deque()

    def __len__(self) -> int:
        return len(self._current)

    def put(self, route: Route, version: int) -> None:
        """From `version` on, this is the route of its slug."""
        self._bury(route.slug, version)
        entry = Entry(route, self._probes.compile(route.condition), version)
        if route.enabled:
            self._link(entry)
        self._current[route.slug] = entry
        self.advance(version)

    def drop(self, slug: str, version: int) -> None:
        """From `version` on, there is no route of this slug."""
        self._bury(slug, version)
        self.advance(version)

    def advance(self, version: int) -> None:
        """Nothing changes, but this is the version from now on."""
        self.version = version
        oldest = min((reader.version for reader in self.readers), default=version)
        while self._dead and self._dead[0].died <= oldest:
            self._unlink(self._dead.popleft())

    def candidates(
        self, terms: Iterable[tuple[str, Iterable[str]]], version: int
    ) -> dict[str, Entry]:
        """The version's routes, by slug, under any of the terms (given by field)."""
        found: dict[str, Entry] = {}
        for field, values in terms:
            by_value = self._by_term[field]
            if by_value:
                for value in values:
                    for entry in by_value.get(value, ()):
                        if entry.born <= version < entry.died:
                            found[entry.route.slug] = entry
        return found

    def routes(self, version: int) -> list[Route]:
        """All routes of the version, by slug."""
        alive = {e.route.slug: e.route for e in self._dead if e.born <= version < e.died}
        for slug, entry in list(self._current.items()):
            if entry.born <= version:
                alive[slug] = entry.route
        return [alive[slug] for slug in sorted(alive)]

    def _bury(self, slug: str, version: int) -> None:
        entry = self._current.pop(slug, None)
        if entry is not None:
            entry.died = version
            self._dead.append(entry)

    def _link(self, entry: Entry) -> None:
        for probe in probes_of(entry.node):
            for phrase in probe.phrases:
                self.phrases.add(phrase)
        for field, value in required(entry.route.condition) or (NO_TERM,):
            self._by_term[field].setdefault(value, []).append(entry)

    def _unlink(self, entry: Entry) -> None:
        if entry.route.enabled:
            for probe in probes_of(entry.node):
                for phrase in probe.phrases:
                    self.phrases.remove(phrase)
            for field, value in required(entry.route.condition) or (NO_TERM,):
                self._without(self._by_term[field], value, entry)
        self._probes.release(entry.node)

    def _without(self, by_value: dict[str, list[Entry]], value: str, entry: Entry) -> None:
        rest = [other for other in by_value[value] if other is not entry]
        if rest:
            by_value[value] = rest
        else:
            del by_value[value]
