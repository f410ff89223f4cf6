"""The index of standing routes: changed in place, read at any version, without locks.

One thread changes it; any number of threads match against `RouteTable`s at their own versions.
A route lives from the version that brought it to the one that replaced or removed it, so a table
gives the same answers however much the index changes meanwhile. What is dead is unlinked once no
table can see it.
"""

from collections import deque
from collections.abc import Iterator
from typing import Protocol
from weakref import WeakSet

from msgspec import Struct

from streams.stages.routes.conditions import clauses
from streams.stages.routes.phrases import Phrases
from streams.stages.routes.record import Route
from streams.stages.routes.terms import NO_TERM, Term, phrases, required

FOREVER = 2**63 - 1


class Reader(Protocol):
    """Something that reads the index at a version."""

    version: int


class Entry(Struct, gc=False, eq=False):
    """A route in the index, alive in versions born <= version < died."""

    route: Route
    born: int
    died: int = FOREVER


class Index:
    """Routes by a term that they require; see the module for who may call what."""

    def __init__(self) -> None:
        self.phrases = Phrases()
        self.version = 0
        self.readers: WeakSet[Reader] = WeakSet()
        self._current: dict[str, Entry] = {}
        self._by_term: dict[Term, list[Entry]] = {}
        self._dead: deque[Entry] = deque()

    def __len__(self) -> int:
        return len(self._current)

    def put(self, route: Route, version: int) -> None:
        """From `version` on, this is the route of its slug."""
        self._bury(route.slug, version)
        entry = Entry(route, version)
        if route.enabled:
            self._link(entry)
        self._current[route.slug] = entry
        self.advance(version)

    def drop(self, slug: str, version: int) -> None:
        """From `version` on, there is no route of this slug."""
        self._bury(slug, version)
        self.advance(version)

    def candidates(self, terms: Iterator[Term], version: int) -> dict[str, Entry]:
        """The routes of the version under any of the terms, and those without terms."""
        found: dict[str, Entry] = {}
        by_term = self._by_term
        for term in (NO_TERM, *terms):
            for entry in by_term.get(term, ()):
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

    def advance(self, version: int) -> None:
        """Nothing changes, but this is the version from now on."""
        self.version = version
        oldest = min((reader.version for reader in self.readers), default=version)
        while self._dead and self._dead[0].died <= oldest:
            self._unlink(self._dead.popleft())

    def _bury(self, slug: str, version: int) -> None:
        entry = self._current.pop(slug, None)
        if entry is not None:
            entry.died = version
            self._dead.append(entry)

    def _link(self, entry: Entry) -> None:
        for clause in clauses(entry.route.condition):
            for phrase in phrases(clause):
                self.phrases.add(phrase)
        for term in required(entry.route.condition) or (NO_TERM,):
            self._by_term.setdefault(term, []).append(entry)

    def _unlink(self, entry: Entry) -> None:
        if not entry.route.enabled:
            return
        for clause in clauses(entry.route.condition):
            for phrase in phrases(clause):
                self.phrases.remove(phrase)
        for term in required(entry.route.condition) or (NO_TERM,):
            self._without(term, entry)

    def _without(self, term: Term, entry: Entry) -> None:
        rest = [other for other in self._by_term[term] if other is not entry]
        if rest:
            self._by_term[term] = rest
        else:
            del self._by_term[term]
