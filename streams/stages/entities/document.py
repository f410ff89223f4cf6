"""From names in a text to entities: ids, short forms with their full names, one type a name."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from streams.records import Entity, Mention
from streams.stages.entities.gazetteer import Entry, Gazetteer
from streams.text.tokens import TokenBatch

_NOT_SLUG = re.compile(r"[^\w]+")
_SURE = 0.85


@dataclass(slots=True)
class Name:
    """A name at tokens first..last (inclusive), code points start..end (exclusive) of its text.

    `form` is the gazetteer's form or -1.
    """

    first: int
    last: int
    type: str
    confidence: float
    start: int
    end: int
    form: int = -1


def merged(
    names: Sequence[Name],
    known: Sequence[Name],
    always: Callable[[Name], bool],
    tokens: TokenBatch,
) -> list[Name]:
    """The model's names and the gazetteer's of types it does not know (weapons, events ...).

    The latter give way to a person, organisation or place that the model is sure of, unless
    `always` says that they never do.
    """
    firm = {
        i
        for n in names
        if n.type != "MISC" and n.confidence > _SURE
        for i in range(n.first, n.last + 1)
    }
    added = [
        n
        for n in known
        if always(n)
        or (firm.isdisjoint(range(n.first, n.last + 1)) and not _person_word(n, tokens))
    ]
    beaten = {i for n in added for i in range(n.first, n.last + 1)}
    kept = [n for n in names if beaten.isdisjoint(range(n.first, n.last + 1))]
    return sorted([*kept, *added], key=lambda name: name.first)


def _person_word(name: Name, tokens: TokenBatch) -> bool:
    """Whether it is the bomber of "suicide bomber": a person, no aircraft."""
    word = tokens.words[name.first].lower()
    before = tokens.words[name.first - 1].lower() if name.first else ""
    return before == "suicide" and word in {"bomber", "bombers"}


@lru_cache(8192)
def local_id(kind: str, name: str) -> str:
    """`local:TYPE:name`, small letters, accents dropped, hyphens between words."""
    if name.isascii():
        return f"local:{kind}:{_NOT_SLUG.sub('-', name.lower()).strip('-_') or 'x'}"
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return f"local:{kind}:{_NOT_SLUG.sub('-', plain.lower()).strip('-_') or 'x'}"


def one_type(names: Sequence[Name], tokens: TokenBatch) -> None:
    """Give every name of the same words the type that most confidence in this text speaks for.

    A single word that ends a person's full name takes part in that person's vote.
    """
    votes: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    keys = [_key(name, tokens) for name in names]
    for name, key in zip(names, keys, strict=True):
        votes[key][name.type] += name.confidence
        if name.type == "PER" and name.last > name.first:
            votes[tokens.words[name.last].lower()]["PER"] += name.confidence
    for name, key in zip(names, keys, strict=True):
        poll = votes[key]
        if len(poll) == 1:
            continue
        best = max(sorted(poll), key=lambda kind: poll[kind])
        if best != name.type and poll[best] > 2 * poll[name.type]:
            name.type = best


def _key(name: Name, tokens: TokenBatch) -> str:
    if name.first == name.last:
        return tokens.words[name.first].lower()
    return " ".join(tokens.words[name.first : name.last + 1]).lower()


def _acronyms(names: Sequence[Name], tokens: TokenBatch) -> dict[str, int]:
    """Acronyms in brackets right after a name: the acronym, and the name's number."""
    ends = {name.last: number for number, name in enumerate(names)}
    found: dict[str, int] = {}
    for name in names:
        word = tokens.words[name.first]
        bracketed = name.first > 1 and tokens.words[name.first - 1] == "("
        before = ends.get(name.first - 2)
        if bracketed and before is not None and name.first == name.last and word.isupper():
            initials = [w[0] for w in _words(names[before], tokens) if w[0].isupper()]
            if len(word) > 1 and word[0] in initials and len(initials) > 1:
                found.setdefault(word, before)
    return found


def _words(name: Name, tokens: TokenBatch) -> list[str]:
    return tokens.words[name.first : name.last + 1]


class _Resolver:
    """Ids for the names of one text."""

    def __init__(
        self, text: str, names: Sequence[Name], tokens: TokenBatch, gazetteer: Gazetteer
    ) -> None:
        self.text, self.names, self.tokens, self.gazetteer = text, names, tokens, gazetteer
        self.countries = _countries(names, gazetteer)
        self.acronyms = _acronyms(names, tokens)
        self.people: dict[str, Name] = {}
        for name in names:
            if name.type == "PER" and name.last > name.first:
                self.people.setdefault(tokens.words[name.last].lower(), name)
        for name in names:
            if name.type == "PER" and name.last > name.first:
                self.people.setdefault(tokens.words[name.first].lower(), name)

    def resolve(self, name: Name) -> tuple[str, str]:
        """The id and the name to show."""
        target = name
        word = self.tokens.words[name.first]
        if name.first == name.last:
            if name.type == "PER":
                target = self.people.get(word.lower(), name)
            elif word in self.acronyms and self.names[self.acronyms[word]].type == name.type:
                target = self.names[self.acronyms[word]]
        entry = self._entry(target)
        if entry is not None:
            return entry.entity_id, entry.name
        shown = self._surface(target)
        return local_id(name.type, shown), shown

    def _surface(self, name: Name) -> str:
        return " ".join(self.text[name.start : name.end].split())

    def _entry(self, name: Name) -> Entry | None:
        """The likeliest entry of the name's type; a place in a country of the text goes first."""
        if name.form < 0:
            return None
        owners = [self.gazetteer.entries[o] for o in self.gazetteer.entries_of[name.form]]
        owners = [e for e in owners if e.type == name.type and e.forms[0] not in _DIRECTIONS]
        if len(owners) < 2:  # noqa: PLR2004 - nothing to choose
            return owners[0] if owners else None
        return max(owners, key=lambda e: e.weight + (_HOME if self._at_home(e) else 0))

    def _at_home(self, entry: Entry) -> bool:
        scheme, _, rest = entry.entity_id.partition(":")
        return scheme == "iso3166-2" and rest.split("-")[0] in self.countries


_HOME = 5.0
_DIRECTIONS = frozenset(
    "North South East West Northern Southern Eastern Western Central Centre Center".split()
)
"""Regions somewhere have these names, but in the news they mean something else."""


def settle(names: Sequence[Name], tokens: TokenBatch, gazetteer: Gazetteer) -> list[Name]:
    """Names with their forms looked up, places "Town, Country" in two, famous names' types right.

    A name of several words that our lists or the countries have gets their type, unless the model
    is sure of another.
    """
    result = []
    for name in names:
        for part in _split(name, tokens, gazetteer):
            if part.form < 0:
                part.form = gazetteer.find(tokens.words[part.first : part.last + 1])
            if part.form >= 0 and part.last > part.first and part.confidence < _SURE:
                entry = gazetteer.entries[gazetteer.entries_of[part.form][0]]
                if entry.weight >= _FAMOUS and entry.type in _MODEL_TYPES:
                    part.type = entry.type
            result.append(part)
    return result


_FAMOUS = 30.0
_MODEL_TYPES = frozenset({"PER", "ORG", "LOC", "NORP"})


def _split(name: Name, tokens: TokenBatch, gazetteer: Gazetteer) -> list[Name]:
    """A place with a comma in two, if the gazetteer knows both as places; else as it is."""
    if name.type != "LOC" or name.form >= 0 or name.last - name.first < _COMMA_TOKENS:
        return [name]
    words = tokens.words[name.first : name.last + 1]
    if "," not in words[1:-1]:
        return [name]
    comma = name.first + words.index(",", 1)
    sides = [(name.first, comma - 1), (comma + 1, name.last)]
    forms = [gazetteer.find(tokens.words[a : b + 1]) for a, b in sides]
    if not all(f >= 0 and _place(f, gazetteer) for f in forms):
        return [name]
    return [
        Name(a, b, "LOC", name.confidence, int(tokens.start[a]), int(tokens.end[b]), form)
        for (a, b), form in zip(sides, forms, strict=True)
    ]


_COMMA_TOKENS = 2


def _place(form: int, gazetteer: Gazetteer) -> bool:
    return any(gazetteer.entries[o].type == "LOC" for o in gazetteer.entries_of[form])


def _countries(names: Sequence[Name], gazetteer: Gazetteer) -> set[str]:
    """The ISO 3166 codes of the countries that are named."""
    found = set()
    for name in names:
        if name.form >= 0 and name.type == "LOC":
            identity = gazetteer.entries[gazetteer.entries_of[name.form][0]].entity_id
            if identity.startswith("iso3166:"):
                found.add(identity[8:])
    return found


def entities_of(
    text: str, tokens: TokenBatch, names: Sequence[Name], gazetteer: Gazetteer
) -> list[Entity]:
    """The entities of one text from its names, in order of first mention."""
    one_type(names, tokens)
    resolver = _Resolver(text, names, tokens, gazetteer)
    found: dict[str, Entity] = {}
    for name in names:
        identity, shown = resolver.resolve(name)
        mention = Mention(
            start=name.start,
            end=name.end,
            text=text[name.start : name.end],
            confidence=round(name.confidence, 3),
        )
        entity = found.get(identity)
        if entity is None:
            found[identity] = Entity(
                entity_id=identity, type=name.type, name=shown, mentions=[mention]
            )
        else:
            entity.mentions.append(mention)
    return list(found.values())
