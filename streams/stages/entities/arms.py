"""Weapons and platforms that only their surroundings tell: lists of aircraft, bare vehicles."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.forms import BESIDE_STYLE, Forms
from streams.stages.entities.gazetteer import Gazetteer, Hits
from streams.stages.entities.names import Name, Spelling
from streams.text.tokens import TokenBatch

ARMS = ("WEAPON", "PLATFORM")
HEAD = " aircraft "
ROLES = frozenset(
    f" {word} "
    for word in "attack bomber fighter reconnaissance surveillance transport tanker cargo".split()
)
_JOINED = frozenset({" , ", " and ", " or "})


def besides(
    hits: Hits, chosen: NDArray[np.bool_], tokens: TokenBatch, forms: Forms
) -> NDArray[np.bool_]:
    """Whether each match may stand: all but those that need another arm in their sentence.

    `chosen` are the matches that would be taken for names.
    """
    lonely = forms.style[hits.form] == BESIDE_STYLE
    is_arm = np.array([kind in ARMS for kind in forms.types], np.bool_)[forms.kind[hits.form]]
    sentence = np.searchsorted(tokens.sentence, hits.first, "right")
    company = np.zeros(len(tokens.sentence) + 1, np.bool_)
    company[sentence[chosen & is_arm & ~lonely]] = True
    result: NDArray[np.bool_] = ~lonely | company[sentence]
    return result


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
