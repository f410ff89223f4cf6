"""Where names can be at all: runs of capitalised words and what may stand between them.

Three tokens in four are small words far from any name. They are O for certain, so neither
scores nor Viterbi are computed for them; names only live inside zones.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from streams.text.tokens import TokenBatch

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
REACH = 3
NEVER, LINK, CORE = 0, 1, 2


def kind_of(word: str, links: Collection[str], cores: Collection[str]) -> int:
    """CORE: may be a name by itself; LINK: only next to one (`of`, `-`, digits); else NEVER."""
    if word in cores:
        return CORE
    lower = word.lower()
    if lower != word or (not word.isascii() and word.isalpha() and word.upper() == word):
        return CORE
    return LINK if word in links or word[:1].isdigit() else NEVER


def zone_mask(kinds: NDArray[np.int8], tokens: TokenBatch) -> Bools:
    """Whether each token is in a zone: a core, or a link at most `REACH` links from a core."""
    inside = kinds == CORE
    link = kinds == LINK
    start = np.zeros(len(kinds) + 1, np.bool_)
    start[tokens.sentence] = True
    joined = ~start[1:-1]
    for _ in range(REACH):
        grown = inside.copy()
        grown[1:] |= inside[:-1] & joined & link[1:]
        grown[:-1] |= inside[1:] & joined & link[:-1]
        inside = grown
    result: Bools = inside
    return result


def segments(mask: Bools, tokens: TokenBatch) -> tuple[Ints, Ints]:
    """First token and length of every run of zone tokens within one sentence."""
    start = np.zeros(len(mask) + 1, np.bool_)
    start[tokens.sentence] = True
    before = np.concatenate(([False], mask))[:-1]
    first = np.flatnonzero(mask & (~before | start[:-1]))
    after = np.concatenate((mask, [False]))[1:]
    last = np.flatnonzero(mask & (~after | start[1:]))
    return first, last - first + 1
