"""From names in a text to entities: ids, short forms with their full names, one type a name."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from streams.records import Entity, Mention
from streams.stages.entities.gazetteer import Entry, Gazetteer
from streams.text.tokens import TokenBatch

_NOT_SLUG = re.compile(r"[^\w]+")


@dataclass(slots=True)
class Name:
    """A name at tokens first..last (inclusive); `entry` is the gazetteer's form or -1."""

    first: int
    last: int
    type: str
    confidence: float
    entry: int = -1


def merged(names: Sequence[Name], known: Sequence[Name]) -> list[Name]:
    """The model's names and the gazetteer's of other types: the latter beat only MISC."""
    taken = {i for n in names if n.type != "MISC" for i in range(n.first, n.last + 1)}
    added = [n for n in known if taken.isdisjoint(range(n.first, n.last + 1))]
    beaten = {i for n in added for i in range(n.first, n.last + 1)}
    kept = [n for n in names if n.type != "MISC" or beaten.isdisjoint(range(n.first, n.last + 1))]
    return sorted([*kept, *added], key=lambda name: name.first)


def local_id(kind: str, name: str) -> str:
    """`local:TYPE:name`, small letters, accents dropped, hyphens between words."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return f"local:{kind}:{_NOT_SLUG.sub('-', plain.lower()).strip('-_') or 'x'}"


def _entry(name: Name, gazetteer: Gazetteer) -> Entry | None:
    if name.entry < 0:
        return None
    owners = (gazetteer.entries[o] for o in gazetteer.entries_of[name.entry])
    return next((e for e in owners if e.type == name.type), None)


def entities_of(
    text: str, tokens: TokenBatch, names: Sequence[Name], gazetteer: Gazetteer
) -> list[Entity]:
    """The entities of one text from its names, in order of first mention."""
    full: dict[str, str] = {}
    found: dict[str, Entity] = {}
    spans = [(name, int(tokens.start[name.first]), int(tokens.end[name.last])) for name in names]
    for name, start, end in spans:
        if name.type == "PER" and name.last > name.first:
            full.setdefault(tokens.words[name.last].lower(), text[start:end])
    votes: defaultdict[str, list[tuple[Name, int, int, str]]] = defaultdict(list)
    for name, start, end in spans:
        entry = _entry(name, gazetteer)
        shown = entry.name if entry else text[start:end]
        if name.type == "PER" and name.last == name.first:
            shown = full.get(shown.lower(), shown)
        identity = entry.entity_id if entry else local_id(name.type, " ".join(shown.split()))
        votes[identity].append((name, start, end, " ".join(shown.split())))
    for identity, members in votes.items():
        mentions = [
            Mention(start=s, end=e, text=text[s:e], confidence=round(n.confidence, 3))
            for n, s, e, _ in members
        ]
        kind, shown = members[0][0].type, members[0][3]
        found[identity] = Entity(entity_id=identity, type=kind, name=shown, mentions=mentions)
    return sorted(found.values(), key=lambda entity: entity.mentions[0].start)
