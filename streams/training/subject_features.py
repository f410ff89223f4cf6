"""The features of the subject model: which words and pairs, and the matrix of a set of texts."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from streams.stages.subjects.features import WordIds, fold
from streams.stages.subjects.model import Model, pair_slot
from streams.stages.subjects.scoring import Occurrences, bag, occurrences, with_titles
from streams.text.tokens import tokenise

MIN_WORD, MIN_PAIR = 3, 4
PAIR = 2


def folded(text: str) -> list[str]:
    """The content words of a text, folded."""
    return [f for f in map(fold, tokenise([text]).words) if f]


def empty_model(words: Sequence[str], pairs: NDArray[np.int32], codes: tuple[str, ...]) -> Model:
    """A model with features and no weights yet."""
    rows, columns = len(words) + len(pairs), len(codes)
    flat = np.zeros(columns, np.float32)
    return Model(
        codes,
        tuple(words),
        pairs,
        np.ones(rows, np.float32),
        np.zeros((rows, columns), np.int8),
        scale=flat,
        bias=flat,
        slope=flat,
        offset=flat,
        surest_slope=flat,
        surest_offset=flat,
        threshold=flat,
        rivals=np.empty(0, np.int64),
    )


def vocabulary(texts: Sequence[str], must: Sequence[str], codes: tuple[str, ...]) -> Model:
    """The features: words and pairs that are common enough or in a seed; idf set."""
    documents = [folded(text) for text in texts]
    seeded = [folded(phrase) for phrase in must]
    word_count = Counter(w for d in documents for w in set(d))
    wanted = {w for d in seeded for w in d}
    words = sorted(wanted | {w for w, n in word_count.items() if n >= MIN_WORD})
    ids = {word: i for i, word in enumerate(words)}
    pair_count = Counter(p for d in documents for p in set(pairwise(d)))
    forced = {(d[0], d[1]) for d in seeded if len(d) == PAIR}
    chosen = [
        (p in forced, n, p)
        for p, n in pair_count.items()
        if (n >= MIN_PAIR or p in forced) and p[0] in ids and p[1] in ids
    ]
    chosen += [(True, 0, p) for p in forced if p not in pair_count]
    chosen.sort(key=lambda c: (-c[0], -c[1], c[2]))
    table = np.array([[ids[a], ids[b]] for _, _, (a, b) in chosen], np.int32).reshape(-1, 2)
    slot = pair_slot(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64))
    first = np.sort(np.unique(slot, return_index=True)[1])
    model = empty_model(words, table[first], codes)
    count = [word_count[w] for w in words] + [chosen[i][1] for i in first]
    idf = np.log((1 + len(texts)) / (1 + np.array(count))) + 1
    model.idf[:] = idf
    return model


def matrix(texts: Sequence[str], model: Model) -> csr_matrix:
    """The features of each text, every place counted alike: for texts of a sentence or two."""
    return _rows(occurrences(tokenise(texts), WordIds(model.vocabulary), model), len(texts), model)


def article_matrix(titles: Sequence[str], texts: Sequence[str], model: Model) -> csr_matrix:
    """The features of each text under its title as the classifier computes them."""
    ids = WordIds(model.vocabulary)
    found = with_titles(
        occurrences(tokenise(texts), ids, model),
        occurrences(tokenise(titles), ids, model),
        np.zeros(len(texts), np.int64),
    )
    return _rows(found, len(texts), model)


def _rows(found: Occurrences, documents: int, model: Model) -> csr_matrix:
    features = bag(found, documents, model)
    return csr_matrix(
        (features.value, features.row, features.start), shape=(documents, len(model.idf))
    )
