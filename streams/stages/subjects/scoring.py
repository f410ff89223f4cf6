"""From tokens to scores: the features of each text, their values, the sum over the weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.subjects.features import Ints, WordIds, content
from streams.stages.subjects.loops import summing
from streams.stages.subjects.model import Floats, Model
from streams.text.tokens import TokenBatch

LEAD, TITLE = 300.0, 2.0


@dataclass(slots=True, frozen=True)
class Occurrences:
    """Every place of a feature: its document, its row, `text[start:end]`, and how much it counts.

    In the title, both offsets are -1 minus the offset into the title.
    """

    document: Ints
    row: Ints
    start: Ints
    end: Ints
    weight: Floats


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
    start = tokens.start[words.token[np.concatenate([single, left])]].astype(np.int64)
    return Occurrences(
        np.concatenate([document[single], document[left]]),
        np.concatenate([words.ids[single], pairs]),
        start,
        tokens.end[words.token[np.concatenate([single, left + 1])]].astype(np.int64),
        np.ones(len(start), np.float32),
    )


def with_titles(text: Occurrences, title: Occurrences, heading: Ints) -> Occurrences:
    """The places in the texts and in the titles that stand apart, weighted.

    The first `heading[d]` characters of text d are its title. A place in a title counts `TITLE`;
    one in the text 1 at its beginning and 1 / (1 + x) at x times `LEAD` characters, since news
    says first what it is about.
    """
    into = np.maximum(text.start - heading[text.document], 0)
    inside = text.end <= heading[text.document]
    weight = np.where(inside, TITLE, 1 / (1 + into / LEAD)).astype(np.float32)
    return Occurrences(
        np.concatenate([text.document, title.document]),
        np.concatenate([text.row, title.row]),
        np.concatenate([text.start, -1 - title.start]),
        np.concatenate([text.end, -1 - title.end]),
        np.concatenate([weight, title.weight * np.float32(TITLE)]),
    )


def bag(found: Occurrences, documents: int, model: Model) -> Bag:
    """Distinct features with values of Euclidean length 1 a document.

    Before that a value is idf times n, the weight of the feature's places; times 1 + ln n above 1.
    """
    rows, places = len(model.idf), max(len(found.row), 1)
    numbered = (found.document * rows + found.row) * places + np.arange(len(found.row))
    key, place = np.divmod(np.sort(numbered), places)
    first = np.flatnonzero(np.diff(key, prepend=-1))
    weight = found.weight[place].astype(np.float64)
    counted = np.add.reduceat(weight, first) if len(first) else weight
    document, row = np.divmod(key[first], rows)
    value = np.minimum(counted, 1 + np.log(np.maximum(counted, 1))) * model.idf[row]
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


def surest(score: Floats, model: Model) -> NDArray[np.bool_]:
    """Whether the rival with the highest score leads a topic: (documents, topics)."""
    if not len(model.rivals):
        return np.zeros(score.shape, np.bool_)
    led: NDArray[np.bool_] = model.led[score[:, model.rivals].argmax(axis=1)]
    return led


def _group(bounds: NDArray[np.int32], at: Ints) -> Ints:
    starts = np.bincount(bounds[1:-1], minlength=int(bounds[-1]) + 1)
    result: Ints = np.cumsum(starts)[at]
    return result
