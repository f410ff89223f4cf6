"""Walks through a trie of forms in machine code: one pass over the tokens of a batch.

N tokens, V distinct words; see `trie`.
"""

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]


@compiled
def _child(node: int, word: int, edges: Codes, reach: Codes) -> int:
    """The node that `word` leads to, or 0."""
    low, high = reach[node], reach[node + 1]
    while low < high:
        middle = (low + high) // 2
        if edges[middle] < word:
            low = middle + 1
        else:
            high = middle
    return low + 1 if low < reach[node + 1] and edges[low] == word else 0


@compiled
def find_keys(
    ids: Codes, sentence: Codes, starts: tuple[Codes, Codes], trie: tuple[Codes, Codes, Codes]
) -> tuple[Ints, Ints, Ints]:
    """First and last token and key of every match, in order.

    `starts` are per word (V,) its number, -1 if no key has it, and the root's child, 0 for none.
    """
    words, roots = starts
    edges, reach, ends = trie
    size = ids.size
    first, last = np.empty(size, np.int64), np.empty(size, np.int64)
    found = np.empty(size, np.int64)
    count = 0
    for number in range(sentence.size - 1):
        at, high = sentence[number], sentence[number + 1]
        while at < high:
            node, there, best = roots[ids[at]], at, -1
            while node > 0:
                if ends[node] >= 0:
                    best = there
                    found[count] = ends[node]
                there += 1
                node = _child(node, words[ids[there]], edges, reach) if there < high else 0
            if best < 0:
                at += 1
                continue
            first[count], last[count] = at, best
            count += 1
            at = best + 1
    return first[:count], last[:count], found[:count]
