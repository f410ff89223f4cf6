"""Conditions made ready for matching: each distinct clause once, with what its answer needs."""

from typing import Literal

from msgspec import Struct

from streams.stages.routes.conditions import (
    All,
    AnyOf,
    Clause,
    Condition,
    EntityNamed,
    EntityOfType,
    EntityWithId,
    HasPhrase,
    Near,
    parts,
)
from streams.stages.routes.words import Phrase, Words


class Probe(Struct, gc=False, eq=False):
    """A clause with its phrases; `exact` is as they must be written, None in any case.

    `key` is the key of the first phrase: without it in the article the clause can't hold.

    Probes are compared by identity: routes with an equal clause share one, and an article
    answers it once.
    """

    clause: Clause
    phrases: tuple[Phrase, ...] = ()
    exact: tuple[str | None, ...] = ()
    key: str = ""
    uses: int = 0
    label: str = ""


class Group(Struct, gc=False, eq=False, frozen=True):
    """A group of nodes: `parts` as written, `quick` with those cheapest to answer first.

    `distinct`: no probe occurs in it twice.
    """

    kind: Literal["all", "any", "none"]
    parts: tuple["Node", ...]
    quick: tuple["Node", ...]
    distinct: bool


Node = Probe | Group
_COSTS: dict[type, int] = {EntityNamed: 1, EntityWithId: 1, EntityOfType: 1, HasPhrase: 2, Near: 3}
_GROUP_COST = 4


class Probes:
    """The probes of the clauses in use, shared by all conditions compiled here."""

    def __init__(self) -> None:
        self._known: dict[Clause, Probe] = {}

    def __len__(self) -> int:
        return len(self._known)

    def compile(self, condition: Condition) -> Node:
        """The condition over shared probes; each use of a clause is counted."""
        if isinstance(condition, Clause):
            return self._probe(condition)
        made = tuple(self.compile(part) for part in parts(condition))
        quick = tuple(sorted(made, key=_cost))
        kind: Literal["all", "any", "none"] = "none"
        if isinstance(condition, All | AnyOf):
            kind = "all" if isinstance(condition, All) else "any"
        leaves = [probe for part in made for probe in probes_of(part)]
        distinct = len(set(leaves)) == len(leaves)
        return Group(kind, made, made if quick == made else quick, distinct)

    def release(self, node: Node) -> None:
        """The compiled condition is no longer used."""
        if isinstance(node, Group):
            for part in node.parts:
                self.release(part)
            return
        node.uses -= 1
        if not node.uses:
            del self._known[node.clause]

    def _probe(self, clause: Clause) -> Probe:
        probe = self._known.get(clause)
        if probe is None:
            probe = self._known[clause] = new_probe(clause)
        probe.uses += 1
        return probe


def new_probe(clause: Clause) -> Probe:
    """The clause with its phrases read."""
    texts: tuple[str, ...] = ()
    exact = False
    if isinstance(clause, HasPhrase):
        texts, exact = (clause.phrase,), clause.case == "exact"
    elif isinstance(clause, Near):
        texts, exact = clause.near, clause.case == "exact"
    phrases = tuple(Phrase.of(text) for text in texts)
    written = tuple(as_written(Words.of(text)) if exact else None for text in texts)
    return Probe(clause, phrases, written, phrases[0].key if phrases else "")


def as_written(words: Words, first: int = 0, last: int | None = None) -> str:
    """The words first..last (default: all) in their own case, one space between."""
    end = len(words) if last is None else last + 1
    return " ".join(words.text[words.start(w) : words.end(w)] for w in range(first, end))


def probes_of(node: Node) -> list[Probe]:
    """The leaves from left to right."""
    if isinstance(node, Probe):
        return [node]
    return [probe for part in node.parts for probe in probes_of(part)]


def _cost(node: Node) -> int:
    return _COSTS.get(type(node.clause), 0) if isinstance(node, Probe) else _GROUP_COST
