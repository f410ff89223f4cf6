"""From tokens to rows: what each token of a zone is, at each place of its window.

Three streams of codes speak for a token: the words around it, the gazetteer's matches over and
around it, and how its word is written in this article. Each code at each offset has a row of
weights in the model; a token's score is the sum of its rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.facts import SMALL, WordFacts
from streams.stages.entities.gazetteer import Gazetteer, Hits
from streams.stages.entities.zones import segments, zone_mask
from streams.text.tokens import TokenBatch

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
OFFSETS: dict[str, tuple[int, ...]] = {
    "word": (-2, -1, 0, 1, 2),
    "known": (-2, -1, 0, 1, 2),
    "case": (-1, 0, 1),
}
WINDOW = (-2, -1, 0, 1, 2)
PLACES = ("U", "B", "E", "I")


@dataclass(slots=True, frozen=True)
class Zones:
    """The tokens that may be names, n of all N, as segments of neighbours.

    `token` (n,) token indices; `first`/`length` (S,) segments as positions in `token`.
    """

    token: Ints
    first: Ints
    length: Ints


def zones_of(kinds: NDArray[np.int8], tokens: TokenBatch) -> Zones:
    """The zones of a batch; `kinds` is per token."""
    mask = zone_mask(kinds, tokens)
    first, length = segments(mask, tokens)
    position = np.cumsum(mask) - 1
    return Zones(np.flatnonzero(mask), position[first], length)


def windows(tokens: TokenBatch, zone: Ints) -> dict[int, Ints]:
    """For each offset of the window the token at zone token + offset.

    Outside the sentence it is N before and N + 1 after, so that ids with two pads appended can be
    looked up at once.
    """
    size = len(tokens.words)
    sentence = np.searchsorted(tokens.sentence, zone, "right")
    low, high = tokens.sentence[sentence - 1], tokens.sentence[sentence]
    result = {}
    for offset in WINDOW:
        at = zone + offset
        result[offset] = np.where(at < low, size, np.where(at >= high, size + 1, at))
    return result


def padded(ids: Ints, pads: tuple[int, int]) -> Ints:
    """`ids` with the pads that `windows` points at."""
    return np.concatenate((ids, pads))


def known_vocabulary(gazetteer: Gazetteer) -> list[str]:
    """The codes of the gazetteer's stream: outside, then each code at each place."""
    return ["-", *(f"{place}.{code}" for code in gazetteer.codes for place in PLACES)]


def known_ids(hits: Hits, gazetteer: Gazetteer, size: int) -> Ints:
    """Per token the number of its code in `known_vocabulary`, (size,)."""
    ids = np.zeros(size, np.int64)
    base = 1 + len(PLACES) * gazetteer.code_of[hits.form]
    length = hits.last - hits.first + 1
    for inner in range(1, int(length.max(initial=1)) - 1):
        longer = length > inner + 1
        ids[hits.first[longer] + inner] = base[longer] + PLACES.index("I")
    ids[hits.last] = base + PLACES.index("E")
    ids[hits.first] = base + np.where(length == 1, PLACES.index("U"), PLACES.index("B"))
    return ids


CASE_VOCABULARY = [
    f"{style}{place}{low}{high}"
    for style in "lTCM"
    for place in "-^"
    for low in "-a"
    for high in "-A"
]


def case_ids(tokens: TokenBatch, facts: WordFacts) -> Ints:
    """Per token its number in `CASE_VOCABULARY`: how it is written here and elsewhere in the text.

    Style; first word of a sentence or not; whether the same text has the word in small letters;
    whether it has it with a capital in the midst of a sentence.
    """
    style = facts.style[tokens.ids]
    doc = np.repeat(np.arange(len(tokens.doc) - 1), np.diff(tokens.doc))
    key = doc * (int(facts.fold.max(initial=0)) + 1) + facts.fold[tokens.ids]
    opening = np.zeros(len(key) + 1, np.bool_)
    opening[tokens.sentence] = True
    opening = opening[:-1]
    opening[1:] |= opening[:-1] & facts.sign[tokens.ids[:-1]]
    cased = np.flatnonzero(style > SMALL)
    keys = key[cased]
    low, high = np.zeros(len(key), np.bool_), np.zeros(len(key), np.bool_)
    low[cased] = np.isin(keys, key[style == SMALL], kind="sort")
    high[cased] = np.isin(keys, keys[~opening[cased]], kind="sort")
    ids: Ints = style.astype(np.int64) * 8 + opening * 4 + low * 2 + high
    return ids
