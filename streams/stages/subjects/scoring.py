"""From tokens to scores: the features of each text, their values, the sum over the weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.subjects.features import Content, Ints, WordIds, content
from streams.stages.subjects.model import Floats, Model
from streams.text.tokens import TokenBatch


@dataclass(slots=True, frozen=True)
class Occurrences:
    """Every place of a feature: its document, its row, its first and last token."""

    document: Ints
    row: Ints
    first: Ints
    last: Ints


@dataclass(slots=True, frozen=True)
class Bag:
    """Distinct features: document d has entries `start[d]..start[d + 1]` of `row` and `value`."""

    start: Ints
    row: Ints
    value: Floats


def group_of(bounds: NDArray[np.int32], at: Ints) -> Ints:
    """Which of the groups with these bounds each token index falls into."""
    return np.searchsorted(bounds, at, side="right") - 1


def occurrences(tokens: TokenBatch, words: Content, model: Model) -> Occurrences:
    """The places of all features, in the order of documents: words first, then pairs."""
    document, sentence = group_of(tokens.doc, words.token), group_of(tokens.sentence, words.token)
    known = words.ids >= 0
    left = np.flatnonzero(known[:-1] & known[1:] & (sentence[:-1] == sentence[1:]))
    rows = model.pair_rows(words.ids[left], words.ids[left + 1])
    left, rows = left[rows >= 0], rows[rows >= 0]
    single = np.flatnonzero(known)
    return Occurrences(
        np.concatenate([document[single], document[left]]),
        np.concatenate([words.ids[single], rows]),
        words.token[np.concatenate([single, left])],
        words.token[np.concatenate([single, left + 1])],
    )


def bag(found: Occurrences, documents: int, model: Model) -> Bag:
    """Distinct features with values (1 + ln count) * idf, of Euclidean length 1 a document."""
    rows = len(model.idf)
    key, count = np.unique(found.document * rows + found.row, return_counts=True)
    document, row = np.divmod(key, rows)
    value = (1 + np.log(count.astype(np.float32))) * model.idf[row]
    start = np.searchsorted(document, np.arange(documents + 1))
    norm = np.sqrt(np.bincount(document, value * value, documents))
    return Bag(start, row, (value / np.maximum(norm, 1e-9)[document]).astype(np.float32))


def scores(features: Bag, model: Model) -> Floats:
    """The score of every document (rows) for every topic (columns)."""
    documents = len(features.start) - 1
    total = np.zeros((documents, len(model.codes)), np.float32)
    for d in range(documents):
        here = slice(features.start[d], features.start[d + 1])
        total[d] = features.value[here] @ model.weights[features.row[here]].astype(np.float32)
    result: Floats = total * model.scale + model.bias
    return result


def featurise(tokens: TokenBatch, ids: WordIds, model: Model) -> tuple[Occurrences, Bag]:
    """The features of a batch: where they stand, and their values per document."""
    found = occurrences(tokens, content(tokens, ids), model)
    return found, bag(found, len(tokens.doc) - 1, model)
