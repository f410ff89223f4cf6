"""What the rest of an article says of a word: the second pass over the first pass's beliefs.

For each capitalised token, the mean of the label probabilities of the same word's other tokens in
the same text. A full name near the top thus speaks for its bare surname further down.
"""

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.encode import Zones
from streams.stages.entities.facts import WordFacts
from streams.text.tokens import TokenBatch

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
PLACES = (-1, 0, 1)


def word_keys(tokens: TokenBatch, zones: Zones, facts: WordFacts) -> Ints:
    """A number per zone token, equal for the same word (capitals aside) of the same text; (n,).

    -1 for tokens without a capital: small words say nothing about names.
    """
    word = tokens.ids[zones.token]
    doc = np.searchsorted(tokens.doc, zones.token, "right")
    key = doc * (int(facts.fold.max(initial=0)) + 1) + facts.fold[word]
    return np.where(facts.capital[word], key, -1)


def beliefs(chance: Floats, keys: Ints) -> Floats:
    """(n, L) mean probabilities over the other tokens with the same key; 0 where there is none."""
    result = np.zeros_like(chance)
    some = np.flatnonzero(keys >= 0)
    if not len(some):
        return result
    _, group, size = np.unique(keys[some], return_inverse=True, return_counts=True)
    shared = size[group] > 1
    some, group = some[shared], group[shared]
    if not len(some):
        return result
    _, group, size = np.unique(group, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum(size) - size
    total = np.add.reduceat(chance[some[order]], starts, 0)
    result[some] = (total[group] - chance[some]) / (size[group] - 1)[:, None].astype(np.float32)
    return result


def neighbours(values: Floats, zones: Zones) -> list[Floats]:
    """`values` of the token before, at and after each zone token, 0 outside its segment."""
    before, after = np.zeros_like(values), np.zeros_like(values)
    before[1:] = values[:-1]
    before[zones.first] = 0
    after[:-1] = values[1:]
    after[zones.first + zones.length - 1] = 0
    return [before, values, after]
