"""Which terms a condition requires: the key of its place in the index.

As Lucene Monitor's presearcher: from each condition a set of terms of which an article that fits
has at least one. Under AND the rarest child is enough, under OR every child gives its terms, and
NOT gives none. An article is then compared only with the routes under its own terms.
"""

from collections.abc import Callable
from math import fsum
from typing import Any

from streams.stages.routes.conditions import (
    AgencyIs,
    All,
    AnyOf,
    Clause,
    Condition,
    DedupIs,
    EntityNamed,
    EntityOfType,
    EntityWithId,
    HasPhrase,
    LanguageIs,
    Near,
    NoneOf,
    PlaceIs,
    SourceIs,
    SubjectIs,
)
from streams.stages.routes.words import Phrase, fold

Term = tuple[str, str]
NO_TERM: Term = ("every", "")
"""Stands for the terms of a condition that requires none."""
EVERY_ARTICLE = 1.0
"""The cost of a condition without required terms: it is tried on every article."""
_SHARE: dict[str, float] = {
    "entity_id": 0.002,
    "entity": 0.002,
    "source": 0.01,
    "agency": 0.05,
    "place": 0.005,
    "subject": 0.05,
    "entity_type": 0.5,
    "language": 0.7,
    "dedup": 0.9,
}
"""A rough share of articles that have a term of the field; only the order matters."""
_TOP_SUBJECT_SHARE = 0.15


def required(node: Condition) -> frozenset[Term] | None:
    """Terms of which any article that fits has at least one; None if there are none to name."""
    match node:
        case All():
            known = [terms for part in node.all if (terms := required(part)) is not None]
            return min(known, key=cost, default=None)
        case AnyOf():
            found = [required(part) for part in node.any]
            if any(terms is None for terms in found):
                return None
            return frozenset(term for terms in found for term in terms or ())
        case NoneOf():
            return None
        case _:
            own = clause_terms(node)
            return frozenset([min(own, key=_share) if len(own) > 1 else own[0]])


def gate(node: Condition, terms: frozenset[Term] | None) -> Term | None:
    """A term that any article that fits has besides one of `terms`: the rarest, if there is one."""
    leaves = [node] if isinstance(node, Clause) else node.all if isinstance(node, All) else ()
    known = {t for leaf in leaves if isinstance(leaf, Clause) for t in clause_terms(leaf)}
    return min(known - (terms or set()), key=lambda term: (_share(term), term), default=None)


def cost(terms: frozenset[Term] | None) -> float:
    """About the share of articles that have one of the terms."""
    return EVERY_ARTICLE if terms is None else fsum(map(_share, terms))


def _share(term: Term) -> float:
    field, value = term
    if field == "phrase":
        return 0.2 / len(value) ** 2
    return _TOP_SUBJECT_SHARE if value.endswith("000000") else _SHARE[field]


def clause_terms(clause: Clause) -> list[Term]:
    """All the terms that an article must have for the clause to hold."""
    field, values = _TERMS[type(clause)]
    return [(field, value) for value in values(clause)]


_TERMS: dict[type[Clause], tuple[str, Callable[[Any], list[str]]]] = {
    HasPhrase: ("phrase", lambda clause: [Phrase.of(clause.phrase).key]),
    Near: ("phrase", lambda clause: [Phrase.of(text).key for text in clause.near]),
    EntityNamed: ("entity", lambda clause: [fold(clause.entity)]),
    EntityWithId: ("entity_id", lambda clause: [clause.entity_id]),
    EntityOfType: ("entity_type", lambda clause: [fold(clause.entity_type)]),
    SubjectIs: ("subject", lambda clause: [clause.subject]),
    SourceIs: ("source", lambda clause: [fold(clause.source)]),
    AgencyIs: ("agency", lambda clause: [fold(clause.agency)]),
    LanguageIs: ("language", lambda clause: [fold(clause.language)]),
    PlaceIs: ("place", lambda clause: [Phrase.of(clause.place).key]),
    DedupIs: ("dedup", lambda clause: [clause.dedup]),
}
FIELDS = tuple(dict.fromkeys((NO_TERM[0], *(field for field, _ in _TERMS.values()))))
"""Every field of a term."""
