"""The index of standing routes: changed in place, read at any version, without locks.

One thread changes it; any number of threads match against `RouteTable`s at their own versions.
A route lives from the version that brought it to the one that replaced or removed it, so a table
gives the same answers however much the index changes meanwhile. What is dead is unlinked once no
table can see it.
"""

from collections import deque
from collections.abc import Collection, Sequence
from typing import Protocol
from weakref import WeakSet

from msgspec import Struct

from streams.stages.routes.phrases import Phrases
from streams.stages.routes.probes import Node, Probes, probes_of
from streams.stages.routes.record import Route
from streams.stages.routes.terms import FIELDS, NO_TERM, gate, required

FOREVER = 2**63 - 1
NO_GATE = -1
_NUMBERS = {field: number for number, field in enumerate(FIELDS)}


class Reader(Protocol):
    """Something that reads the index at a version."""

    version: int


class Entry(Struct, gc=False, eq=False):
    """A route in the index, alive in versions born <= version < died.

    An article without the term `gate_value` of the field number `gate_field` can't fit, if the
    number is not `NO_GATE`.
    """

    route: Route
    node: Node
    born: int
    died: int = FOREVER
    gate_field: int = NO_GATE
    gate_value: str = ""


Bucket = Entry | dict[Entry, None]
"""The routes under one term: mostly one."""


class Index:
    """Routes by a term that they require; see the module for who may call what."""

    def __init__(self) -> None:
        self.phrases = Phrases()
        self.version = 0
        self.readers: WeakSet[Reader] = WeakSet()
        self._probes = Probes()
        self._current: dict[str, Entry] = {}
        self._by_term: list[dict[str, Bucket]] = [{} for _ in FIELDS]
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
        if not self._dead:
            return
        oldest = min((reader.version for reader in self.readers), default=version)
        while self._dead and self._dead[0].died <= oldest:
            self._unlink(self._dead.popleft())

    def candidates(self, terms: Sequence[Collection[str]], version: int) -> list[Entry]:
        """The version's routes under any of the terms, which are given by field; once each."""
        found: dict[Entry, None] = {}
        for by_value, values in zip(self._by_term, terms, strict=True):
            for value in values if by_value else ():
                bucket = by_value.get(value)
                if bucket is None:
                    continue
                for entry in (bucket,) if isinstance(bucket, Entry) else list(bucket):
                    field = entry.gate_field
                    if field == NO_GATE or entry.gate_value in terms[field]:
                        found[entry] = None
        return [entry for entry in found if entry.born <= version < entry.died]

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
        terms = required(entry.route.condition)
        term = gate(entry.route.condition, terms)
        if term is not None:
            entry.gate_field, entry.gate_value = _NUMBERS[term[0]], term[1]
        for field, value in terms or (NO_TERM,):
            by_value = self._by_term[_NUMBERS[field]]
            bucket = by_value.get(value)
            if bucket is None:
                by_value[value] = entry
            elif isinstance(bucket, Entry):
                by_value[value] = {bucket: None, entry: None}
            else:
                bucket[entry] = None

    def _unlink(self, entry: Entry) -> None:
        if entry.route.enabled:
            for probe in probes_of(entry.node):
                for phrase in probe.phrases:
                    self.phrases.remove(phrase)
            for field, value in required(entry.route.condition) or (NO_TERM,):
                _take_out(self._by_term[_NUMBERS[field]], value, entry)
        self._probes.release(entry.node)


def _take_out(by_value: dict[str, Bucket], value: str, entry: Entry) -> None:
    bucket = by_value[value]
    if isinstance(bucket, dict):
        del bucket[entry]
    if not isinstance(bucket, dict) or not bucket:
        del by_value[value]
