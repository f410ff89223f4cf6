"""The keys of forms as a trie over the numbers of their words: arrays that are made once.

A key is words in small letters, each between its own blanks. Node 0 is the root, edge e leads to
node e + 1, and the edges of a node lie together in order of their words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities import stored
from streams.text.tokens import TokenBatch

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]


@dataclass(slots=True, frozen=True)
class Trie:
    """`words` (W,) sorted hashes; `edges` (E,) word numbers; `reach` (E + 2,) each node's edges.

    `ends` (E + 1,) is the key that ends at a node, or -1.
    """

    words: stored.Hashes
    edges: Codes
    reach: Codes
    ends: Codes

    def starts(self, lower: Sequence[str]) -> tuple[Codes, Codes]:
        """Of each word its number, -1 for none, and the root's child, 0 for none."""
        word = stored.Index(self.words).find(lower).astype(np.int32)
        top = self.edges[: self.reach[1]]
        if not len(top):
            return word, np.zeros_like(word)
        at = np.minimum(np.searchsorted(top, word), len(top) - 1)
        return word, np.where(top[at] == word, at + 1, 0).astype(np.int32)

    @property
    def nodes(self) -> tuple[Codes, Codes, Codes]:
        """The arrays that the loops walk through."""
        return self.edges, self.reach, self.ends


def matches(
    tokens: TokenBatch, lower: Sequence[str], tries: tuple[Trie, Trie], base: int = 0
) -> tuple[Ints, Ints, Ints]:
    """First and last token and key of all matches: the leftmost, the longest, no overlaps.

    None reaches from one sentence into the next. `lower` is the vocabulary of the batch. Of equally
    long matches the first trie's counts; `base` is added to its keys.
    """
    from streams.stages.entities.trie_loops import find_keys  # noqa: PLC0415 - the compiler

    one, other = tries
    starts = (one.starts(lower), other.starts(lower))
    return find_keys(tokens.ids, tokens.sentence, starts, (one.nodes, other.nodes), base)


def trie_of(keys: Sequence[str]) -> Trie:
    """The trie of distinct keys; its arrays are read-only, as those of a file are."""
    pieces = [key.split() for key in keys]
    names = sorted({word for some in pieces for word in some})
    hashes, order = stored.Index.order(f" {name} " for name in names)
    number = dict(zip((names[i] for i in order.tolist()), range(len(names)), strict=True))
    edges, parents, ends = _grown([[number[word] for word in some] for some in pieces], len(names))
    reach = np.concatenate(([0], np.cumsum(np.bincount(parents, minlength=len(edges) + 1))))
    trie = Trie(hashes, *(values.astype(np.int32) for values in (edges, reach, ends)))
    for values in (trie.words, trie.edges, trie.reach, trie.ends):
        values.flags.writeable = False
    return trie


def _grown(keys: Sequence[Sequence[int]], words: int) -> tuple[Ints, Ints, Ints]:
    """Level by level: each edge's word and parent node, and the key that ends at each node."""
    length = np.array([len(key) for key in keys], np.int64)
    node = np.zeros(len(keys), np.int64)
    edges, parents, count = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 1
    for level in range(int(length.max(initial=0))):
        some = np.flatnonzero(length > level)
        step = np.array([keys[k][level] for k in some.tolist()], np.int64)
        made, which = np.unique(node[some] * words + step, return_inverse=True)
        node[some] = count + which
        edges.append(made % words)
        parents.append(made // words)
        count += len(made)
    ends = np.full(count, -1)
    ends[node] = np.arange(len(keys))
    return np.concatenate(edges), np.concatenate(parents), ends
