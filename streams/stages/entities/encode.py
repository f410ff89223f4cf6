"""From tokens to rows: what each token of a zone is, at each place of its window.

Three streams of codes speak for a token: the words around it, the gazetteer's matches over and
around it, and how its word is written in this article. Each code at each offset has a row of
weights in the model; a token's score is the sum of its rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.facts import WordFacts
from streams.stages.entities.gazetteer import Gazetteer, Hits
from streams.text.tokens import IntArray, TokenBatch

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
    """The tokens that may be names, n of all N, as Z segments of neighbours in one sentence.

    `token` (n,) token indices; `first`/`length` (Z,) segments as positions in `token`;
    `low`/`high` (Z,) the bounds of the segment's sentence; `used` (V,) whether each word of the
    vocabulary stands in the window of a zone token.
    """

    token: Ints
    first: Ints
    length: Ints
    low: IntArray
    high: IntArray
    used: Bools


def zones_of(kinds: NDArray[np.int8], tokens: TokenBatch) -> Zones:
    """The zones of a batch; `kinds` is per word of the vocabulary (see `zones`)."""
    from streams.stages.entities.zone_loops import find_zones  # noqa: PLC0415 - the compiler

    return Zones(*find_zones(tokens.ids, tokens.sentence, kinds, WINDOW[-1]))


def windows(tokens: TokenBatch, zone: Ints) -> dict[int, Ints]:
    """For each offset of the window the token at zone token + offset.

    Outside the sentence it is N before and N + 1 after, so that ids with two pads appended can be
    looked up at once.
    """
    size = tokens.size
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
    return ["-", *(f"{place}.{code}" for code in gazetteer.forms.codes for place in PLACES)]


def known_ids(hits: Hits, gazetteer: Gazetteer, size: int) -> IntArray:
    """Per token the number of its code in `known_vocabulary`, (size,)."""
    from streams.stages.entities.zone_loops import known_codes  # noqa: PLC0415 - the compiler

    base = 1 + len(PLACES) * gazetteer.forms.code[hits.form].astype(np.int64)
    return known_codes(size, hits.first, hits.last, base)


CASE_VOCABULARY = [
    f"{style}{place}{low}{high}"
    for style in "lTCM"
    for place in "-^"
    for low in "-a"
    for high in "-A"
]


def case_ids(tokens: TokenBatch, facts: WordFacts) -> IntArray:
    """Per token its number in `CASE_VOCABULARY`: how it is written here and elsewhere in the text.

    Style; first word of a sentence (after a sign, too) or not; whether the same text has the word
    in small letters; whether it has it with a capital in the midst of a sentence.
    """
    from streams.stages.entities.zone_loops import case_codes  # noqa: PLC0415 - the compiler

    words = (facts.style, facts.sign, facts.fold)
    return case_codes(tokens.ids, (tokens.doc, tokens.sentence), words, facts.blank(2))
