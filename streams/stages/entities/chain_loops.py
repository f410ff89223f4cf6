"""Scores, Viterbi and forward-backward over the segments of a batch, in machine code.

n zone tokens, Z segments, L labels, H hidden units. Every token is computed by itself in one
order, and products are exact (`crf.Exact`), so a batch changes nothing. Matrices on the right of
a product come as whole numbers in double precision, rows padded with zeros to `PADDED` columns.
"""

import math

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.entities.crf import LEFT_BITS
from streams.stages.entities.encode import WINDOW
from streams.stages.entities.labels import LABELS
from streams.stages.entities.model import LANES

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Bytes = NDArray[np.int8]
Bools = NDArray[np.bool_]
SIZE = len(LABELS)
PADDED = -(-SIZE // LANES) * LANES
MIDDLE = WINDOW.index(0)
WHOLE, TINY = 2.0**LEFT_BITS, 1e-300
PARTS = 4


@compiled
def _scale(largest: np.float32) -> float:
    """The power of two that brings `largest` to 24 bits."""
    return math.ldexp(1.0, LEFT_BITS - math.frexp(largest)[1])


@compiled
def _product(left: Doubles, rows: Ints, count: int, right: Doubles, result: Doubles) -> None:
    """`result` becomes the sum of `right[rows[i]] * left[i]` over the first `count`.

    Four at a time, for the processor's sake; `left` and `rows` have three places to spare.
    """
    for n in range(count, count + 3):
        left[n], rows[n] = 0, 0
    result[:] = 0
    for n in range(0, count, 4):
        a, b, c, d = left[n], left[n + 1], left[n + 2], left[n + 3]
        one, two, three, four = rows[n], rows[n + 1], rows[n + 2], rows[n + 3]
        for k in range(PADDED):
            result[k] += (a * right[one, k] + b * right[two, k]) + (
                c * right[three, k] + d * right[four, k]
            )


@compiled
def _row(at: int, low: int, high: int, codes: Codes, pads: int) -> int:
    """The row of the token `at`; outside its sentence `pads`, the one before, or the next."""
    if at < low:
        return pads
    return pads + 1 if at >= high else int(codes[at])


@compiled
def _add_row(total: Floats, row: Floats) -> None:
    for k in range(total.size):
        total[k] += row[k]


@compiled
def _hidden(
    total: Floats, right: Doubles, unit: float, room: tuple[Doubles, Ints, Doubles], result: Floats
) -> None:
    """`result` becomes the scores in `total` plus what its hidden units above zero say."""
    left, rows, whole = room
    largest, count = np.float32(0), 0
    for k in range(SIZE, total.size):
        largest = max(largest, total[k])
    scale = _scale(largest)
    for k in range(SIZE, total.size):
        left[count], rows[count] = np.rint(total[k] * scale), k - SIZE
        count += total[k] > 0
    _product(left, rows, count, right, whole)
    for k in range(SIZE):
        result[k] = total[k] + np.float32(whole[k] / (scale * unit))


@compiled
def _room(size: int) -> tuple[Doubles, Ints, Doubles]:
    """Arrays for the factors of a product, their rows, and its result."""
    return (
        np.zeros(size + 4, np.float64),
        np.zeros(size + 4, np.int64),
        np.empty(PADDED, np.float64),
    )


@compiled
def score(
    place: tuple[Ints, Ints, Ints, Codes, Codes],
    streams: tuple[Codes, ...],
    tables: tuple[Floats, ...],
    offsets: tuple[Ints, ...],
    output: tuple[Floats, Doubles, float],
) -> Floats:
    """Scores of the zone tokens, (n, L).

    `place` is `find_zones`' result without its last part. A stream's codes (N,) are rows of its
    table (R + 2, 5, L + H), whose last two stand for the words before and after a sentence; row 0
    of every table but the first is zero. `output` is the start of every sum, the output weights
    and their scale.
    """
    token, first, length, lows, highs = place
    start, right, unit = output
    result = np.empty((token.size, SIZE), np.float32)
    total, room = np.empty(start.size, np.float32), _room(start.size)
    for segment in range(first.size):
        low, high = lows[segment], highs[segment]
        for n in range(first[segment], first[segment] + length[segment]):
            total[:] = start
            for stream in range(len(streams)):
                codes, table = streams[stream], tables[stream]
                for offset in offsets[stream]:
                    row = _row(token[n] + offset, low, high, codes, len(table) - 2)
                    if row or stream == 0:
                        _add_row(total, table[row, offset + MIDDLE])
            _hidden(total, right, unit, room, result[n])
    return result


@compiled
def bound(scores: Floats, moves: Floats, first: Ints, length: Ints) -> None:
    """Add the moves into and out of each segment to `scores`, in place."""
    for segment in range(first.size):
        low, high = first[segment], first[segment] + length[segment] - 1
        for k in range(SIZE):
            scores[low, k] += moves[0, k]
            scores[high, k] += moves[k, 0]


@compiled
def below_best(scores: Floats) -> Floats:
    """Each row of scores less its largest, (n, L)."""
    result = np.empty_like(scores)
    for n in range(len(scores)):
        largest = scores[n, 0]
        for k in range(1, SIZE):
            largest = max(largest, scores[n, k])
        for k in range(SIZE):
            result[n, k] = scores[n, k] - largest
    return result


@compiled
def _times(values: Doubles, right: Doubles, room: tuple[Doubles, Ints, Doubles]) -> None:
    """`room`'s result becomes `values`, rounded to 24 bits below 1, by the matrix `right`."""
    left, rows, result = room
    count = 0
    for k in range(SIZE):
        left[count], rows[count] = np.rint(values[k] * WHOLE), k
        count += left[count] != 0
    _product(left, rows, count, right, result)


@compiled
def _forward(
    packed: Floats, moves: Doubles, alpha: Doubles, room: tuple[Doubles, Ints, Doubles]
) -> None:
    row = room[2]
    for n in range(len(packed)):
        if n:
            _times(alpha[n - 1], moves, room)
        else:
            row[:] = 1
        total = 0.0
        for k in range(SIZE):
            row[k] *= packed[n, k]
            total += row[k]
        total = max(total, TINY)
        for k in range(SIZE):
            alpha[n, k] = row[k] / total


@compiled
def _backward(
    packed: Floats,
    moves: Doubles,
    alpha: Doubles,
    room: tuple[Doubles, Ints, Doubles],
    result: Floats,
) -> None:
    beta, row = room[2], np.empty(SIZE, np.float64)
    beta[:] = 1
    for n in range(len(packed) - 1, -1, -1):
        total, largest = 0.0, TINY
        for k in range(SIZE):
            alpha[n, k] *= beta[k]
            total += alpha[n, k]
            row[k] = packed[n, k] * beta[k]
            largest = max(largest, row[k])
        total = max(total, TINY)
        for k in range(SIZE):
            result[n, k] = alpha[n, k] / total
            row[k] /= largest
        _times(row, moves, room)


@compiled
def posterior(
    packed: Floats, moves: tuple[Doubles, Doubles], first: Ints, length: Ints, wanted: Bools
) -> Floats:
    """Probabilities of the labels in the wanted segments, (n, L); other rows hold nothing.

    `packed` is exp(`below_best`); `moves` exp(transitions) as whole numbers, and transposed. Rows
    are rescaled at every step and rounded before each product.
    """
    result = np.empty_like(packed)
    longest = 0
    for segment in range(first.size):
        longest = max(longest, length[segment])
    alpha = np.empty((longest, PADDED), np.float64)
    room = _room(SIZE)
    for segment in range(first.size):
        if wanted[segment]:
            low, high = first[segment], first[segment] + length[segment]
            _forward(packed[low:high], moves[0], alpha, room)
            _backward(packed[low:high], moves[1], alpha, room, result[low:high])
    return result


@compiled
def _add_scaled(
    left: Floats, right: Doubles, unit: float, room: tuple[Doubles, Ints, Doubles], result: Floats
) -> None:
    """Add to `result` the product of `left` by a matrix with the scale `unit`."""
    factors, rows, whole = room
    largest, count = np.float32(0), 0
    for k in range(SIZE):
        largest = max(largest, abs(left[k]))
    scale = _scale(largest)
    for k in range(SIZE):
        factors[count], rows[count] = np.rint(left[k] * scale), k
        count += factors[count] != 0
    _product(factors, rows, count, right, whole)
    for k in range(SIZE):
        result[k] += np.float32(whole[k] / (scale * unit))


@compiled
def add_echo(
    scores: Floats,
    segments: tuple[Ints, Ints],
    heard: tuple[Floats, Codes],
    echo: Doubles,
    unit: Doubles,
) -> None:
    """Add to `scores`, in place, what is believed of the twins of a token and its neighbours.

    `heard` are the beliefs (n, L) and each token's group (n,), -1 where there are none. `echo`
    (3, L, PADDED) is for the token before, the token itself and the one after, `unit` (3,) their
    scales.
    """
    first, length = segments
    beliefs, group = heard
    room = _room(SIZE)
    for segment in range(first.size):
        low, high = first[segment], first[segment] + length[segment]
        for n in range(low, high):
            for place in range(3):
                other = n + place - 1
                if low <= other < high and group[other] >= 0:
                    _add_scaled(beliefs[other], echo[place], unit[place], room, scores[n])


@compiled
def _best_paths(now: Floats, moves: Floats, best: Floats, origin: Codes) -> None:
    """For every label the best score of a path into it, and the label that the path comes from."""
    for k in range(PADDED):
        best[k] = now[0] + moves[0, k]
        origin[k] = 0
    for before in range(1, SIZE):
        number = np.int32(before)
        for k in range(PADDED):
            path = now[before] + moves[before, k]
            better = path > best[k]
            best[k] = path if better else best[k]
            origin[k] = number if better else origin[k]


@compiled
def _largest(values: Floats) -> int:
    """The first of the largest of the labels' values."""
    label = 0
    for k in range(1, SIZE):
        if values[k] > values[label]:
            label = k
    return label


@compiled
def viterbi(scores: Floats, moves: Floats, first: Ints, length: Ints) -> tuple[Bytes, Bools]:
    """The best label of every token (n,), ties to the smaller; whether a segment has a name (Z,).

    `moves` (L, L) are the transitions, rows padded to `PADDED` columns.
    """
    labels = np.zeros(len(scores), np.int8)
    named = np.zeros(first.size, np.bool_)
    back = np.empty((len(scores), PADDED), np.int32)
    now, best = np.zeros(PADDED, np.float32), np.zeros(PADDED, np.float32)
    for segment in range(first.size):
        low, high = first[segment], first[segment] + length[segment]
        now[:SIZE] = scores[low]
        for n in range(low + 1, high):
            _best_paths(now, moves, best, back[n])
            now[:SIZE] = best[:SIZE] + scores[n]
        label = _largest(now)
        for n in range(high - 1, low - 1, -1):
            labels[n] = label
            named[segment] |= label > 0
            label = int(back[n, label]) if n > low else 0
    return labels, named


@compiled
def names(labels: Bytes, chance: Floats) -> tuple[Ints, Ints, Ints, Floats]:
    """Names: position of the first and last token, type number, least probability of a token."""
    size = labels.size
    first, last = np.empty(size, np.int64), np.empty(size, np.int64)
    kind, least = np.empty(size, np.int64), np.empty(size, np.float32)
    count, inside = 0, False
    for n in range(size):
        label = labels[n]
        if label == 0:
            continue
        part = (label - 1) % PARTS
        if not inside:
            first[count], kind[count] = n, (label - 1) // PARTS
            least[count] = chance[n, label]
        least[count] = min(least[count], chance[n, label])
        inside = part < PARTS - 2
        if not inside:
            last[count] = n
            count += 1
    return first[:count].copy(), last[:count].copy(), kind[:count].copy(), least[:count].copy()
