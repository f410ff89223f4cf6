"""Boosted trees as arrays: the sum of one leaf per tree, for many lines at once."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.stages.clean.kernels import kernels
from streams.stages.clean.lines import Reals

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Trees:
    """T complete trees of depth K: node n has the children 2n + 1 (at most) and 2n + 2 (above).

    `feature` and `threshold` (T, 2^K - 1), `leaf` (T, 2^K); `names` are the columns asked for.
    """

    names: tuple[str, ...]
    feature: NDArray[np.int16]
    threshold: Floats
    leaf: Floats
    base: float

    def log_odds(self, columns: Floats) -> Reals:
        """Shape (L,) from `columns` (F, L): the log-odds that a line is of the article."""
        total = np.full(columns.shape[1], np.float32(self.base))
        kernels().climb(columns, self.feature, self.threshold, self.leaf, total)
        return total.astype(np.float64)

    def save(self, path: Path) -> None:
        """Write the trees as a compressed NumPy archive, the same bytes for the same trees."""
        np.savez_compressed(
            path,
            names=np.array(self.names),
            feature=self.feature,
            threshold=self.threshold,
            leaf=self.leaf,
            base=np.array(self.base),
        )


def load(path: Path) -> Trees:
    """The trees that `save` wrote."""
    with np.load(path, allow_pickle=False) as saved:
        return Trees(
            names=tuple(saved["names"].tolist()),
            feature=saved["feature"],
            threshold=saved["threshold"],
            leaf=saved["leaf"],
            base=float(saved["base"]),
        )
