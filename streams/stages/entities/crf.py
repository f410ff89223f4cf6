"""Linear-chain inference over many sentences at once, in NumPy.

Sentences are packed by time step, longest first, so that step t is one matrix operation over
the sentences that are still running. `emissions` is (N, L) float32 in token order,
`transitions` (L, L) with `transitions[i, j]` the score of label j after label i.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
FORBIDDEN = np.float32(-1e4)
LEFT_BITS, RIGHT_BITS = 24, 22
SMALL_PRODUCT = 200_000
"""Multiplications under which OpenBLAS stays in the calling thread."""


def _multiply(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """`left @ right` in blocks too small for OpenBLAS to start threads, which cost more than here.

    For exact operands only: the result does not depend on the blocks.
    """
    width = right.shape[1]
    columns = min(width, 128)
    rows = max(1, SMALL_PRODUCT // (len(right) * columns))
    result = np.empty((len(left), width))
    for low in range(0, len(left), rows):
        for side in range(0, width, columns):
            np.matmul(
                left[low : low + rows],
                right[:, side : side + columns],
                out=result[low : low + rows, side : side + columns],
            )
    return result


class Exact:
    """`product(left)` is `left @ right` whose rows have the same bits whatever the others are.

    BLAS adds up in an order that depends on the shape. So both sides are rounded to whole numbers
    (rows of `left` to 24 bits of their largest value, `right` to 22 bits) whose products and sums
    are exact in double precision in any order, for at most 128 columns of `left`. `right` holds
    whole numbers: the matrix times `scale`.
    """

    __slots__ = ("right", "scale")

    def __init__(self, right: Floats | NDArray[np.float64]) -> None:
        self.scale = float(np.exp2(RIGHT_BITS - float(np.frexp(np.abs(right).max(initial=0))[1])))
        self.right = np.rint(right * self.scale)

    def product(self, left: Floats) -> Floats:
        """(n, m) by the prepared (m, k) -> (n, k)."""
        largest = np.maximum(left.max(1, initial=0), -left.min(1, initial=0))
        scale = np.ldexp(1.0, LEFT_BITS - np.frexp(largest)[1])[:, None]
        whole = _multiply(np.rint(left * scale), self.right)
        whole /= scale * self.scale
        result: Floats = whole.astype(np.float32)
        return result


@dataclass(slots=True, frozen=True)
class Packing:
    """The order in which tokens are computed.

    `order` (N,) are token indices, step by step; `steps` (T + 1,) bounds of each step in
    `order`. Step t holds the t-th token of the longest `steps[t+1] - steps[t]` sentences, always
    in the same order of sentences.
    """

    order: Ints
    steps: Ints


def pack(first: Ints, length: Ints) -> Packing:
    """The packing of sentences given by their first token and length (> 0)."""
    longest = np.argsort(-length, kind="stable")
    first, length = first[longest].astype(np.int64), length[longest]
    running = np.searchsorted(-length, -np.arange(int(length[0]) if len(length) else 0), "left")
    steps = np.concatenate(([0], np.cumsum(running)))
    step = np.repeat(np.arange(len(running)), running)
    rank = np.arange(steps[-1]) - steps[:-1][step]
    return Packing(first[rank] + step, steps)


def viterbi(emissions: Floats, transitions: Floats, packing: Packing) -> NDArray[np.int8]:
    """The best label of every token, (N,); ties go to the smaller label, as in CRFsuite."""
    packed = emissions[packing.order]
    back = np.zeros(packed.shape, np.int8)
    steps = packing.steps.tolist()
    incoming = np.ascontiguousarray(transitions.T)
    score = packed[: steps[1]] if len(steps) > 1 else packed
    finals = score.copy()
    for low, high in pairwise(steps[1:]):
        paths = score[: high - low, None, :] + incoming
        paths.argmax(2, out=(best := np.empty(paths.shape[:2], np.int64)))
        back[low:high] = best
        score = paths.max(2)
        score += packed[low:high]
        finals[: high - low] = score
    return _follow(finals, back, packing)


def _follow(finals: Floats, back: NDArray[np.int8], packing: Packing) -> NDArray[np.int8]:
    labels = np.zeros(len(packing.order), np.int8)
    current = finals.argmax(1)
    rows = np.arange(len(current))
    for low, high in reversed(list(pairwise(packing.steps.tolist()))):
        running = current[: high - low]
        labels[packing.order[low:high]] = running
        current[: high - low] = back[low:high][rows[: high - low], running]
    return labels


def marginals(
    emissions: Floats, transitions: Floats, packing: Packing
) -> tuple[Floats, Floats, float]:
    """Per token the probability of each label (N, L), expected transitions (L, L), log Z summed.

    Forward-backward in probability space, rescaled at every step.
    """
    steps, order = packing.steps, packing.order
    packed = emissions[order]
    top = packed.max(1, keepdims=True)
    packed = np.exp(packed - top)
    weight = np.exp(transitions)
    alpha, scale = np.empty_like(packed), np.empty(len(packed), np.float32)
    for t in range(len(steps) - 1):
        low, high = steps[t], steps[t + 1]
        now = packed[low:high]
        if t:
            now = now * (alpha[steps[t - 1] : steps[t - 1] + high - low] @ weight)
        total = now.sum(1)
        scale[low:high] = total
        np.divide(now, total[:, None], out=alpha[low:high])
    return _backward(packed, weight, alpha, scale, packing, float(top.sum(dtype=np.float64)))


def _backward(
    packed: Floats, weight: Floats, alpha: Floats, scale: Floats, packing: Packing, offset: float
) -> tuple[Floats, Floats, float]:
    steps, order = packing.steps, packing.order
    beta = np.ones_like(packed)
    expected = np.zeros_like(weight)
    for t in range(len(steps) - 2, 0, -1):
        low, high = steps[t], steps[t + 1]
        before = steps[t - 1]
        ahead = packed[low:high] * beta[low:high] / scale[low:high, None]
        beta[before : before + high - low] = ahead @ weight.T
        expected += alpha[before : before + high - low].T @ ahead
    result = np.empty_like(packed)
    result[order] = alpha * beta
    log_z = float(np.log(scale).sum(dtype=np.float64)) + offset
    return result, expected * weight, log_z
