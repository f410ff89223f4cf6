"""The tagger's loops in NumPy over whole batches: what the compiled ones must agree with."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.crf import Exact, Floats, Ints, Packing
from streams.stages.entities.encode import PLACES
from streams.stages.entities.facts import SMALL, WordFacts
from streams.stages.entities.gazetteer import Gazetteer, Hits
from streams.stages.entities.zone_loops import REACH
from streams.stages.entities.zones import CORE, JOINT, LINK
from streams.text.tokens import TokenBatch

Bools = NDArray[np.bool_]
WHOLE, TINY = 2.0**24, 1e-300


def zone_mask(kinds: NDArray[np.int8], tokens: TokenBatch) -> Bools:
    inside = kinds == CORE
    joint = kinds == JOINT
    link = (kinds == LINK) | joint
    start = np.zeros(len(kinds) + 1, np.bool_)
    start[tokens.sentence] = True
    joined = ~start[1:-1]
    pair = joint[1:-1] & joined[:-1] & joined[1:]
    core = inside.copy()
    inside[2:] |= core[:-2] & pair
    inside[:-2] |= core[2:] & pair
    for _ in range(REACH):
        grown = inside.copy()
        grown[1:] |= inside[:-1] & joined & link[1:]
        grown[:-1] |= inside[1:] & joined & link[:-1]
        inside = grown
    result: Bools = inside
    return result


def segments(mask: Bools, tokens: TokenBatch) -> tuple[Ints, Ints]:
    start = np.zeros(len(mask) + 1, np.bool_)
    start[tokens.sentence] = True
    before = np.concatenate(([False], mask))[:-1]
    first = np.flatnonzero(mask & (~before | start[:-1]))
    after = np.concatenate((mask, [False]))[1:]
    last = np.flatnonzero(mask & (~after | start[1:]))
    return first, last - first + 1


def known_ids(hits: Hits, gazetteer: Gazetteer, size: int) -> Ints:
    ids = np.zeros(size, np.int64)
    base = 1 + len(PLACES) * gazetteer.forms.code[hits.form].astype(np.int64)
    length = hits.last - hits.first + 1
    for inner in range(1, int(length.max(initial=1)) - 1):
        longer = length > inner + 1
        ids[hits.first[longer] + inner] = base[longer] + PLACES.index("I")
    ids[hits.last] = base + PLACES.index("E")
    ids[hits.first] = base + np.where(length == 1, PLACES.index("U"), PLACES.index("B"))
    return ids


def case_ids(tokens: TokenBatch, facts: WordFacts) -> Ints:
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
    low[cased] = np.isin(keys, key[style == SMALL])
    high[cased] = np.isin(keys, keys[~opening[cased]])
    ids: Ints = style.astype(np.int64) * 8 + opening * 4 + low * 2 + high
    return ids


def posterior(emissions: Floats, transitions: Floats, packing: Packing) -> Floats:
    packed = emissions[packing.order]
    packed = np.exp(packed - packed.max(1, keepdims=True)).astype(np.float64)
    weight = Exact(np.exp(transitions).astype(np.float64)).right
    bounds = list(pairwise(packing.steps.tolist()))
    alpha, beta = np.empty_like(packed), np.ones_like(packed)
    for (before, _), (low, high) in zip([(0, 0), *bounds], bounds, strict=False):
        now = packed[low:high]
        if low:
            now = now * (np.rint(alpha[before : before + high - low] * WHOLE) @ weight)
        alpha[low:high] = now / np.maximum(now.sum(1, keepdims=True), TINY)
    for (before, _), (low, high) in reversed(list(pairwise(bounds))):
        ahead = packed[low:high] * beta[low:high]
        ahead /= np.maximum(ahead.max(1, keepdims=True), TINY)
        beta[before : before + high - low] = np.rint(ahead * WHOLE) @ weight.T
    alpha *= beta
    alpha /= np.maximum(alpha.sum(1, keepdims=True), TINY)
    result = np.empty(packed.shape, np.float32)
    result[packing.order] = alpha
    return result
