"""What a route asks of an article: clauses under all (AND), any (OR) and none (NOT).

Every value here is immutable and hashable. `within` empty means title and text. Text is compared
folded (see `words.fold`) unless `case` is `exact`.
"""

from functools import cache
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, structs

from streams.stages.routes.words import Phrase

MAX_DEPTH = 16
MAX_CLAUSES = 500

Part = Literal["title", "lead", "text"]
Case = Literal["any", "exact"]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Count = Annotated[int, Meta(ge=1, le=1_000)]
Confidence = Annotated[float, Meta(ge=0, le=1)]
Within = tuple[Part, ...]


class Clause(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A leaf of a condition: one question to the article."""


class SubjectIs(Clause, frozen=True, cache_hash=True):
    """The article has this Media Topic; with `children`, it or one below it."""

    subject: Annotated[str, Meta(pattern=r"^medtop:\d{8}$")]
    children: bool = True
    confidence: Confidence = 0.0


class EntityNamed(Clause, frozen=True, cache_hash=True):
    """An entity with this name, or mentioned by it, at least `count` times."""

    entity: Name
    type: Name | None = None
    count: Count = 1
    confidence: Confidence = 0.0
    within: Within = ()


class EntityWithId(Clause, frozen=True, cache_hash=True):
    """The entity with this id is mentioned at least `count` times."""

    entity_id: Name
    count: Count = 1
    confidence: Confidence = 0.0
    within: Within = ()


class EntityOfType(Clause, frozen=True, cache_hash=True):
    """Entities of this type are mentioned at least `count` times."""

    entity_type: Name
    count: Count = 1
    confidence: Confidence = 0.0
    within: Within = ()


class HasPhrase(Clause, frozen=True, cache_hash=True):
    """The words occur side by side, whole words only, at least `count` times."""

    phrase: Name
    case: Case = "any"
    within: Within = ()
    count: Count = 1

    def __post_init__(self) -> None:
        """Raises ValueError: there is no word in it."""
        Phrase.of(self.phrase)


class Near(Clause, frozen=True, cache_hash=True):
    """All phrases occur in one part with at most `words` other words among them, in any order."""

    near: Annotated[tuple[Name, ...], Meta(min_length=2, max_length=8)]
    words: Annotated[int, Meta(ge=0, le=100)] = 10
    case: Case = "any"
    within: Within = ()

    def __post_init__(self) -> None:
        """Raises ValueError: a phrase without a word, or one given twice."""
        if len({Phrase.of(text).key for text in self.near}) < len(self.near):
            raise ValueError("the same phrase twice")


class SourceIs(Clause, frozen=True, cache_hash=True):
    """The article's source by id or name, or its URL's host."""

    source: Name


class AgencyIs(Clause, frozen=True, cache_hash=True):
    """The agency that the article credits."""

    agency: Name


class LanguageIs(Clause, frozen=True, cache_hash=True):
    """The article's language: `pt` covers `pt-BR` too."""

    language: Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class PlaceIs(Clause, frozen=True, cache_hash=True):
    """The dateline's place has these words."""

    place: Name

    def __post_init__(self) -> None:
        """Raises ValueError: there is no word in it."""
        Phrase.of(self.place)


class DedupIs(Clause, frozen=True, cache_hash=True):
    """The article is the first on its story, or an update of an earlier one."""

    dedup: Literal["unique", "update"]


class All(Struct, frozen=True, gc=False):
    """Every one of them holds."""

    all: tuple["Condition", ...]


class AnyOf(Struct, frozen=True, gc=False):
    """At least one of them holds."""

    any: tuple["Condition", ...]


class NoneOf(Struct, frozen=True, gc=False):
    """Not one of them holds."""

    none: tuple["Condition", ...]


Condition = All | AnyOf | NoneOf | Clause
CLAUSES: dict[str, type[Clause]] = {
    "subject": SubjectIs,
    "entity": EntityNamed,
    "entity_id": EntityWithId,
    "entity_type": EntityOfType,
    "phrase": HasPhrase,
    "near": Near,
    "source": SourceIs,
    "agency": AgencyIs,
    "language": LanguageIs,
    "place": PlaceIs,
    "dedup": DedupIs,
}


class ConditionError(ValueError):
    """A condition that can't be read; the message says where and why."""


def parts(node: Condition) -> tuple[Condition, ...]:
    """What stands under a group; nothing under a clause."""
    match node:
        case All():
            return node.all
        case AnyOf():
            return node.any
        case NoneOf():
            return node.none
        case _:
            return ()


def clauses(node: Condition) -> list[Clause]:
    """The leaves from left to right."""
    if isinstance(node, Clause):
        return [node]
    return [leaf for part in parts(node) for leaf in clauses(part)]


def fields(clause: Clause) -> dict[str, Any]:
    """The clause's fields in order, those at their defaults left out; tuples become lists."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, default in _defaults(type(clause))
        if (value := getattr(clause, name)) != default
    }


@cache
def _defaults(kind: type[Clause]) -> tuple[tuple[str, Any], ...]:
    # msgspec reads the annotations anew at each call: 0.3 ms.
    return tuple((field.name, field.default) for field in structs.fields(kind))


def simplify(node: Condition) -> Condition:
    """The same condition without groups of one and groups inside groups of the same kind."""
    match node:
        case All():
            return _group(All, [simplify(part) for part in node.all])
        case AnyOf():
            return _group(AnyOf, [simplify(part) for part in node.any])
        case NoneOf():
            inner = simplify(AnyOf(node.none))
            return NoneOf(inner.any if isinstance(inner, AnyOf) else (inner,))
        case _:
            return node


def _group(kind: type[All] | type[AnyOf], members: list[Condition]) -> Condition:
    flat = [m for x in members for m in (parts(x) if isinstance(x, kind) else (x,))]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))
