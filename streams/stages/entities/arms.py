"""Platforms that only their surroundings tell: the members of a list of aircraft."""

from collections.abc import Iterator, Sequence

import numpy as np

from streams.stages.entities.gazetteer import Gazetteer
from streams.stages.entities.names import Name, Spelling
from streams.text.tokens import TokenBatch

HEAD = " aircraft "
ROLES = frozenset(
    f" {word} "
    for word in "attack bomber fighter reconnaissance surveillance transport tanker cargo".split()
)
_JOINED = frozenset({" , ", " and ", " or "})


def listed(
    names: Sequence[Name], tokens: TokenBatch, spelling: Spelling, gazetteer: Gazetteer
) -> list[Name]:
    """The names with those that share the head of a list: "attack, fighter and unmanned aircraft".

    All in text order.
    """
    named = {name.first for name in names}
    heads = [name for name in names if name.type == "PLATFORM" and name.key.endswith(HEAD)]
    added = [
        role
        for head in heads
        for role in _before(head, tokens, spelling, gazetteer)
        if role.first not in named
    ]
    return sorted([*names, *added], key=lambda name: name.first)


def _before(
    name: Name, tokens: TokenBatch, spelling: Spelling, gazetteer: Gazetteer
) -> Iterator[Name]:
    """Roles of aircraft joined to `name` in its sentence, from right to left."""
    low = int(tokens.sentence[np.searchsorted(tokens.sentence, name.first, "right") - 1])
    at = name.first
    while True:
        role = at - 1
        while role >= low and spelling.key(role, role) in _JOINED:
            role -= 1
        if role < low or role == at - 1 or spelling.key(role, role) not in ROLES:
            return
        key = spelling.key(role, role) + HEAD
        start, end = int(tokens.start[role]), int(tokens.end[role])
        form = gazetteer.find(key)
        yield Name(role, role, name.type, name.confidence, start, end, key, form)
        at = role
