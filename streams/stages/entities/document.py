"""From names in a text to entities: ids, short forms with their full names, one type a name."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache

from streams.records import Entity, Mention
from streams.stages.entities.entries import WIDE_WEIGHT, Entry
from streams.stages.entities.gazetteer import Gazetteer
from streams.stages.entities.names import Name, Spelling
from streams.stages.entities.shortforms import acronyms, people, typed_as_full
from streams.text.tokens import TokenBatch

_NOT_SLUG = re.compile(r"[^\w]+")
_SURE = 0.85


def merged(
    names: list[Name], known: Sequence[Name], always: Collection[int], spelling: Spelling
) -> list[Name]:
    """The model's names and the gazetteer's of types it does not know (weapons, events ...).

    The latter give way to a person, organisation or place that the model is sure of, unless
    their form is in `always`. Both come in text order, without overlaps among themselves.
    """
    if not known:
        return names
    added: list[Name] = []
    beaten: set[int] = set()
    at = 0
    for name in known:
        while at < len(names) and names[at].last < name.first:
            at += 1
        end = at
        firm = False
        while end < len(names) and names[end].first <= name.last:
            firm |= names[end].type != "MISC" and names[end].confidence > _SURE
            end += 1
        if name.form in always or not (firm or _person_word(name, spelling)):
            added.append(name)
            beaten.update(range(at, end))
    kept = [name for number, name in enumerate(names) if number not in beaten]
    return sorted([*kept, *added], key=lambda name: name.first)


def _person_word(name: Name, spelling: Spelling) -> bool:
    """Whether it is the bomber of "suicide bomber": a person, no aircraft."""
    if spelling.lower[spelling.ids[name.first]] not in _BOMBERS or not name.first:
        return False
    return spelling.lower[spelling.ids[name.first - 1]] == " suicide "


_BOMBERS = frozenset({" bomber ", " bombers "})


@lru_cache(8192)
def local_id(kind: str, name: str) -> str:
    """`local:TYPE:name`, small letters, accents dropped, hyphens between words."""
    if name.isascii():
        return f"local:{kind}:{_NOT_SLUG.sub('-', name.lower()).strip('-_') or 'x'}"
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return f"local:{kind}:{_NOT_SLUG.sub('-', plain.lower()).strip('-_') or 'x'}"


def one_type(names: Sequence[Name], spelling: Spelling) -> None:
    """Give every name of the same words the type that most confidence in this text speaks for.

    A single word that ends a person's full name takes part in that person's vote.
    """
    votes: dict[str, dict[str, float]] = {}
    for name in names:
        _vote(votes, name.key, name)
        if name.type == "PER" and name.last > name.first:
            _vote(votes, spelling.lower[spelling.ids[name.last]], name)
    contested = {key: poll for key, poll in votes.items() if len(poll) > 1}
    if not contested:
        return
    for name in names:
        poll = contested.get(name.key)
        if poll is not None:
            best = max(sorted(poll), key=poll.__getitem__)
            if best != name.type and poll[best] > 2 * poll[name.type]:
                name.type = best


def _vote(votes: dict[str, dict[str, float]], key: str, name: Name) -> None:
    poll = votes.get(key)
    if poll is None:
        votes[key] = {name.type: name.confidence}
    else:
        poll[name.type] = poll.get(name.type, 0.0) + name.confidence


class _Resolver:
    """Ids for the names of one text; `found` are these and the acronyms in brackets among them."""

    def __init__(
        self,
        text: str,
        found: tuple[Sequence[Name], dict[str, int]],
        spelling: Spelling,
        gazetteer: Gazetteer,
    ) -> None:
        names, self.acronyms = found
        self.text, self.names, self.spelling, self.gazetteer = text, names, spelling, gazetteer
        self.countries = _countries(names, gazetteer)
        self.people = people(names, spelling)

    def resolve(self, name: Name) -> tuple[str, str]:
        """The id and the name to show; the same for the same words, type and form."""
        target = name
        if name.first == name.last:
            if name.type == "PER":
                target = self.people.get(name.key, name)
            elif self.acronyms:
                number = self.acronyms.get(self.spelling.word(name.first))
                if number is not None and self.names[number].type == name.type:
                    target = self.names[number]
        entry = self._entry(target)
        if entry is not None:
            return entry.entity_id, entry.name
        shown = " ".join(self.text[target.start : target.end].split())
        return local_id(name.type, shown), shown

    def _entry(self, name: Name) -> Entry | None:
        """The likeliest entry of the name's type; a place in a country of the text goes first."""
        if name.form < 0:
            return None
        owners = self.gazetteer.of_type(name.form, name.type)
        owners = [e for e in owners if e.forms[0] not in _DIRECTIONS]
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


def settle(
    names: Sequence[Name], tokens: TokenBatch, spelling: Spelling, gazetteer: Gazetteer
) -> list[Name]:
    """Names with their forms looked up, "Town, Country" as two places, famous names' types right.

    A name of several words that our lists or the countries have gets their type, unless the model
    is sure of another.
    """
    result = []
    for name in names:
        if name.form < 0:
            if name.type == "LOC" and _COMMA in name.key:
                result += _split(name, tokens, spelling, gazetteer)
                continue
            name.form = gazetteer.find(name.key)
        if name.form >= 0 and name.last > name.first and name.confidence < _SURE:
            entry = gazetteer.likeliest(name.form)
            if entry.weight >= _FAMOUS and entry.type in _MODEL_TYPES:
                name.type = entry.type
        result.append(name)
    return result


_FAMOUS = WIDE_WEIGHT
_MODEL_TYPES = frozenset({"PER", "ORG", "LOC", "NORP"})


def _split(name: Name, tokens: TokenBatch, spelling: Spelling, gazetteer: Gazetteer) -> list[Name]:
    """A place with commas inside in its parts, unless the gazetteer has it as it is."""
    name.form = gazetteer.find(name.key)
    inner = range(name.first + 1, name.last)
    commas = [at for at in inner if spelling.word(at) == "," and spelling.word(at - 1) != ","]
    if name.form >= 0 or not commas:
        return [name]
    result = []
    for first, last in zip(
        [name.first, *(at + 1 for at in commas)],
        [*(at - 1 for at in commas), name.last],
        strict=True,
    ):
        start, end, key = int(tokens.start[first]), int(tokens.end[last]), spelling.key(first, last)
        form = gazetteer.find(key)
        result.append(Name(first, last, "LOC", name.confidence, start, end, key, form))
    return result


_COMMA = " , "


def _countries(names: Sequence[Name], gazetteer: Gazetteer) -> set[str]:
    """The ISO 3166 codes of the countries that are named."""
    found = set()
    for name in names:
        if name.form >= 0 and name.type == "LOC":
            identity = gazetteer.likeliest(name.form).entity_id
            if identity.startswith("iso3166:"):
                found.add(identity[8:])
    return found


def entities_of(
    text: str, spelling: Spelling, names: Sequence[Name], gazetteer: Gazetteer
) -> list[Entity]:
    """The entities of one text from its names, in order of first mention."""
    short = acronyms(names, spelling)
    typed_as_full(names, short, spelling)
    one_type(names, spelling)
    resolver = _Resolver(text, (names, short), spelling, gazetteer)
    found: dict[str, Entity] = {}
    resolved: dict[tuple[str, str, int, bool], Entity] = {}
    for name in names:
        surface = text[name.start : name.end]
        same = (surface, name.type, name.form, name.first == name.last)
        entity = resolved.get(same)
        if entity is None:
            identity, shown = resolver.resolve(name)
            entity = found.get(identity)
            if entity is None:
                entity = Entity(entity_id=identity, type=name.type, name=shown, mentions=[])
                found[identity] = entity
            resolved[same] = entity
        confidence = round(name.confidence, 3)
        entity.mentions.append(
            Mention(start=name.start, end=name.end, text=surface, confidence=confidence)
        )
    return list(found.values())
