"""Which tokens may be names and what is known of each, in machine code: one pass a batch.

N tokens, V distinct words, S sentences, n zone tokens in Z segments; see `encode` and `zones`.
"""

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.entities.zones import CORE, JOINT, LINK, NEVER

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Bytes = NDArray[np.int8]
Bools = NDArray[np.bool_]
REACH = 3
FAR = 1_000_000


@compiled
def _step(far: int, kind: int) -> int:
    """Links since the last core, this token counted."""
    if kind == CORE:
        return 0
    return far + 1 if kind == LINK else FAR


@compiled
def _role(ids: Codes, kinds: Bytes, low: int, high: int, at: int) -> int:
    """CORE, LINK or NEVER for the token `at` of the sentence low..high."""
    kind = kinds[ids[at]]
    if kind == CORE:
        return CORE
    if at - 2 >= low and kinds[ids[at - 1]] == JOINT and kinds[ids[at - 2]] == CORE:
        return CORE
    if at + 2 < high and kinds[ids[at + 1]] == JOINT and kinds[ids[at + 2]] == CORE:
        return CORE
    return LINK if kind != NEVER else NEVER


@compiled
def find_zones(
    ids: Codes, sentence: Codes, kinds: Bytes, window: int
) -> tuple[Ints, Ints, Ints, Codes, Codes, Bools]:
    """Zone tokens (n,), each segment's first position and length (Z,), its sentence's bounds (Z,).

    `kinds` is per word (V,). The last result says which words (V,) stand in a zone or within
    `window` tokens of one.
    """
    size = ids.size
    inside, used = np.zeros(size, np.bool_), np.zeros(kinds.size, np.bool_)
    token = np.empty(size, np.int64)
    first, length = np.empty(size, np.int64), np.empty(size, np.int64)
    lows, highs = np.empty(size, np.int32), np.empty(size, np.int32)
    count, segments = 0, 0
    for number in range(sentence.size - 1):
        low, high = sentence[number], sentence[number + 1]
        far = FAR
        for at in range(high - 1, low - 1, -1):
            far = _step(far, _role(ids, kinds, low, high, at))
            inside[at] = far <= REACH
        far = FAR
        for at in range(low, high):
            far = _step(far, _role(ids, kinds, low, high, at))
            if not inside[at] and far > REACH:
                continue
            if count == 0 or token[count - 1] != at - 1 or at == low:
                first[segments], length[segments] = count, 0
                lows[segments], highs[segments] = low, high
                segments += 1
            token[count] = at
            length[segments - 1] += 1
            count += 1
            for near in range(max(low, at - window), min(high, at + window + 1)):
                used[ids[near]] = True
    return (
        token[:count].copy(),
        first[:segments].copy(),
        length[:segments].copy(),
        lows[:segments].copy(),
        highs[:segments].copy(),
        used,
    )


@compiled
def case_codes(
    ids: Codes, bounds: tuple[Codes, Codes], words: tuple[Bytes, Bools, Ints], seen: Codes
) -> Codes:
    """Per token the number of its case code (see `encode.case_ids`), (N,).

    `bounds` are those of texts and sentences, `words` style, sign and fold (V,); `seen` has two
    zeros for every fold.
    """
    doc, sentence = bounds
    style, sign, fold = words
    codes = np.empty(ids.size, np.int32)
    opening = np.zeros(ids.size + 1, np.bool_)
    for number in range(sentence.size - 1):
        opening[sentence[number]] = True
        if sign[ids[sentence[number]]] and sentence[number] + 1 < ids.size:
            opening[sentence[number] + 1] = True
    for text in range(doc.size - 1):
        mark = np.int32(text + 1)
        for at in range(doc[text], doc[text + 1]):
            word = ids[at]
            if style[word] == 0:
                seen[2 * fold[word]] = mark
            elif not opening[at]:
                seen[2 * fold[word] + 1] = mark
        for at in range(doc[text], doc[text + 1]):
            word = ids[at]
            code = style[word] * 8 + opening[at] * 4
            if style[word] > 0:
                code += 2 * (seen[2 * fold[word]] == mark) + (seen[2 * fold[word] + 1] == mark)
            codes[at] = code
    return codes


@compiled
def known_codes(size: int, first: Ints, last: Ints, base: Ints) -> Codes:
    """Per token the number of its gazetteer code (see `encode.known_ids`), (size,).

    `base` is a match's number for one token alone; begin, end and inside follow it.
    """
    codes = np.zeros(size, np.int32)
    for n in range(first.size):
        if first[n] == last[n]:
            codes[first[n]] = base[n]
            continue
        for at in range(first[n] + 1, last[n]):
            codes[at] = base[n] + 3
        codes[first[n]], codes[last[n]] = base[n] + 1, base[n] + 2
    return codes


@compiled
def twin_groups(
    zone: Ints, ids: Codes, doc: Codes, words: tuple[Bools, Ints], seen: Codes
) -> tuple[Codes, Ints, Ints]:
    """Zone tokens with the same capitalised word in the same text, as groups of two and more.

    `words` are capital and fold (V,), `seen` a zero for every fold. Returns per zone token the
    group or -1 (n,), the grouped positions, group by group in order, and where each group starts
    among them.
    """
    capital, fold = words
    group = np.full(zone.size, -1, np.int32)
    size = np.zeros(zone.size, np.int32)
    base, groups, text = 0, 0, 0
    for n in range(zone.size):
        while zone[n] >= doc[text + 1]:
            text += 1
            base = groups
        word = ids[zone[n]]
        if capital[word]:
            if seen[fold[word]] <= base:
                groups += 1
                seen[fold[word]] = groups
            group[n] = seen[fold[word]] - 1
            size[group[n]] += 1
    new = np.full(groups, -1, np.int32)
    starts = np.empty(groups, np.int64)
    kept, total = 0, 0
    for number in range(groups):
        if size[number] > 1:
            new[number] = kept
            starts[kept] = total
            kept += 1
            total += size[number]
    order = np.empty(total, np.int64)
    filled = starts[:kept].copy()
    for n in range(zone.size):
        if group[n] >= 0:
            group[n] = new[group[n]]
            if group[n] >= 0:
                order[filled[group[n]]] = n
                filled[group[n]] += 1
    return group, order, starts[:kept].copy()
