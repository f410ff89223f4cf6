"""From tokens to scores: the features of each text, their values, the sum over the weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.subjects.features import Ints, WordIds, content
from streams.stages.subjects.loops import summing
from streams.stages.subjects.model import Floats, Model
from streams.text.tokens import TokenBatch


@dataclass(slots=True, frozen=True)
class Occurrences:
    """Every place of a feature: its document, its row, and `text[start:end]`.

    In the title, both offsets are -1 minus the offset into the title.
    """

    document: Ints
    row: Ints
    start: Ints
    end: Ints


@dataclass(slots=True, frozen=True)
class Bag:
    """Distinct features: document d has entries `start[d]..start[d + 1]` of the other arrays.

    `place` is the index of the feature's first occurrence, in the text if it is there at all.
    """

    start: Ints
    row: Ints
    value: Floats
    place: Ints


def occurrences(tokens: TokenBatch, ids: WordIds, model: Model) -> Occurrences:
    """The places of all features of a batch: words first, then pairs within a sentence."""
    words = content(tokens, ids)
    document, sentence = _group(tokens.doc, words.token), _group(tokens.sentence, words.token)
    known = words.ids >= 0
    left = np.flatnonzero(known[:-1] & known[1:] & (sentence[:-1] == sentence[1:]))
    pairs = model.pair_rows(words.ids[left], words.ids[left + 1])
    left, pairs = left[pairs >= 0], pairs[pairs >= 0]
    single = np.flatnonzero(known)
    return Occurrences(
        np.concatenate([document[single], document[left]]),
        np.concatenate([words.ids[single], pairs]),
        tokens.start[words.token[np.concatenate([single, left])]].astype(np.int64),
        tokens.end[words.token[np.concatenate([single, left + 1])]].astype(np.int64),
    )


def with_titles(text: Occurrences, title: Occurrences) -> Occurrences:
    """The places in the texts and those in the titles of the same documents."""
    return Occurrences(
        np.concatenate([text.document, title.document]),
        np.concatenate([text.row, title.row]),
        np.concatenate([text.start, -1 - title.start]),
        np.concatenate([text.end, -1 - title.end]),
    )


def bag(found: Occurrences, documents: int, model: Model) -> Bag:
    """Distinct features with values (1 + ln count) * idf, of Euclidean length 1 a document."""
    rows, places = len(model.idf), max(len(found.row), 1)
    numbered = (found.document * rows + found.row) * places + np.arange(len(found.row))
    key, place = np.divmod(np.sort(numbered), places)
    first = np.flatnonzero(np.diff(key, prepend=-1))
    count = np.diff(first, append=len(key))
    document, row = np.divmod(key[first], rows)
    value = (1 + np.log(count)) * model.idf[row]
    norm = np.sqrt(np.bincount(document, value * value, documents))
    start = np.searchsorted(document, np.arange(documents + 1))
    normed = (value / np.maximum(norm, 1e-9)[document]).astype(np.float32)
    return Bag(start, row, normed, place[first])


def scores(features: Bag, model: Model) -> Floats:
    """The score of every document (rows) for every topic (columns)."""
    total = np.zeros((len(features.start) - 1, len(model.codes)), np.float32)
    summing()(features.start, features.row, features.value, model.weights, total)
    result: Floats = total * model.scale + model.bias
    return result


def _group(bounds: NDArray[np.int32], at: Ints) -> Ints:
    starts = np.bincount(bounds[1:-1], minlength=int(bounds[-1]) + 1)
    result: Ints = np.cumsum(starts)[at]
    return result
