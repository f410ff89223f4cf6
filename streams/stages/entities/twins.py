"""What the rest of an article says of a word: the second pass over the first pass's beliefs.

For each capitalised token, the mean of the label probabilities of the same word's other tokens in
the same text. A full name near the top thus speaks for its bare surname further down.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.encode import Zones
from streams.stages.entities.facts import WordFacts
from streams.text.tokens import IntArray, TokenBatch

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
PLACES = (-1, 0, 1)


@dataclass(slots=True, frozen=True)
class Twins:
    """Zone tokens with the same word (capitals aside) in the same text, in groups of two or more.

    `group` (n,) is -1 for the others, and for words without a capital, which say nothing about
    names. `order` are the positions group by group, `starts` (G,) where each group begins in it.
    """

    group: IntArray
    order: Ints
    starts: Ints


def word_keys(tokens: TokenBatch, zones: Zones, facts: WordFacts) -> Twins:
    """The groups of the zone tokens."""
    from streams.stages.entities.zone_loops import twin_groups  # noqa: PLC0415 - the compiler

    words = (facts.capital, facts.fold)
    return Twins(*twin_groups(zones.token, tokens.ids, tokens.doc, words, facts.blank(1)))


def beliefs(chance: Floats, twins: Twins) -> Floats:
    """(n, L) mean probabilities over the other tokens of a token's group; 0 where there is none."""
    result = np.zeros_like(chance)
    if len(twins.order):
        own = chance[twins.order]
        total = np.add.reduceat(own, twins.starts, 0)
        size = np.diff(twins.starts, append=len(twins.order))
        others = np.repeat(size - 1, size)[:, None].astype(np.float32)
        result[twins.order] = (np.repeat(total, size, 0) - own) / others
    return result


def neighbours(values: Floats, zones: Zones) -> list[Floats]:
    """`values` of the token before, at and after each zone token, 0 outside its segment."""
    before, after = np.zeros_like(values), np.zeros_like(values)
    before[1:] = values[:-1]
    before[zones.first] = 0
    after[:-1] = values[1:]
    after[zones.first + zones.length - 1] = 0
    return [before, values, after]
