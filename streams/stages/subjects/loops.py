"""The two inner loops of the classifier: sums over the weights, and what spoke most.

Shapes: D documents, F features of all of them, R rows, C topics, K chosen (document, topic)
pairs. Sums run in the order of the features, so that a score does not depend on the machine.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.subjects.model import Floats, Ints

MOST = 3

Bytes = NDArray[np.int8]


def add_up(start: Ints, row: Ints, value: Floats, weights: Bytes, total: Floats) -> None:
    """Adds value times weight of each document's features to `total` (D, C)."""
    for d in range(len(start) - 1):
        sums = total[d]
        for f in range(start[d], start[d + 1]):
            spoken, here = weights[row[f]], value[f]
            for c in range(len(spoken)):
                sums[c] += here * np.float32(spoken[c])


def strongest(
    chosen: tuple[Ints, Ints], features: tuple[Ints, Ints, Floats], weights: Bytes
) -> tuple[Ints, Floats]:
    """For each chosen pair its `MOST` features that speak for it, strongest first: (K, MOST).

    Beside each its value times weight, above 0; the feature is -1 where there are fewer. Of two
    that are equal the earlier one is first.
    """
    (document, column), (start, row, value) = chosen, features
    best = np.full((len(document), MOST), -1, np.int64)
    strength = np.zeros((len(document), MOST), np.float32)
    for k in range(len(document)):
        for f in range(start[document[k]], start[document[k] + 1]):
            here, at = value[f] * np.float32(weights[row[f], column[k]]), MOST
            while at > 0 and here > strength[k, at - 1]:
                at -= 1
            if at < MOST:
                for j in range(MOST - 1, at, -1):
                    best[k, j], strength[k, j] = best[k, j - 1], strength[k, j - 1]
                best[k, at], strength[k, at] = f, here
    return best, strength


@cache
def summing() -> Callable[[Ints, Ints, Floats, Bytes, Floats], None]:
    """`add_up` in machine code."""
    return compiled(add_up)


@cache
def choosing() -> Callable[
    [tuple[Ints, Ints], tuple[Ints, Ints, Floats], Bytes], tuple[Ints, Floats]
]:
    """`strongest` in machine code."""
    return compiled(strongest)
