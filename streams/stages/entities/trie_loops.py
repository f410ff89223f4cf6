"""Walks through a trie of forms in machine code: one pass over the tokens of a batch.

N tokens, V distinct words; see `trie`.
"""

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.text.search import first_not_below

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]


@compiled
def _child(node: int, word: int, edges: Codes, reach: Codes) -> int:
    """The node that `word` leads to, or 0."""
    high = reach[node + 1]
    edge = first_not_below(edges, reach[node], high, word)
    return edge + 1 if edge < high and edges[edge] == word else 0


@compiled
def _longest(
    at: int,
    high: int,
    ids: Codes,
    starts: tuple[Codes, Codes],
    trie: tuple[Codes, Codes, Codes],
) -> tuple[int, int]:
    """The last token of the longest key that begins at a token, and the key; or -1 twice."""
    words, roots = starts
    edges, reach, ends = trie
    node, there, last, key = roots[ids[at]], at, -1, -1
    while node > 0:
        if ends[node] >= 0:
            last, key = there, ends[node]
        there += 1
        node = _child(node, words[ids[there]], edges, reach) if there < high else 0
    return last, key


@compiled
def find_keys(
    ids: Codes,
    sentence: Codes,
    starts: tuple[tuple[Codes, Codes], tuple[Codes, Codes]],
    tries: tuple[tuple[Codes, Codes, Codes], tuple[Codes, Codes, Codes]],
    base: int,
) -> tuple[Ints, Ints, Ints]:
    """First and last token and key of every match, in order; `base` is added to the first's keys.

    `starts` are for each trie per word (V,) its number, -1 if no key has it, and the root's child,
    0 for none. Of equally long matches the first trie's counts.
    """
    size = ids.size
    first, last = np.empty(size, np.int64), np.empty(size, np.int64)
    found = np.empty(size, np.int64)
    count = 0
    for number in range(sentence.size - 1):
        at, high = sentence[number], sentence[number + 1]
        while at < high:
            end, key = _longest(at, high, ids, starts[0], tries[0])
            other, its_key = _longest(at, high, ids, starts[1], tries[1])
            if end < 0 and other < 0:
                at += 1
                continue
            mine = end >= other
            first[count], last[count] = at, end if mine else other
            found[count] = key + base if mine else its_key
            at = last[count] + 1
            count += 1
    return first[:count], last[:count], found[:count]
