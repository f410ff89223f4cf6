"""Arrays that grow at their end."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FIRST = 1_024


class Growing:
    """A one-dimensional array of `dtype` with room at its end that doubles when it is used up."""

    def __init__(self, dtype: Any, filled: NDArray[Any] | None = None) -> None:
        self._array: NDArray[Any] = np.empty(0, dtype) if filled is None else filled
        self._length = len(self._array)

    def __len__(self) -> int:
        return self._length

    @property
    def filled(self) -> NDArray[Any]:
        """The elements so far, without a copy."""
        return self._array[: self._length]

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return self._array.nbytes

    def extend(self, more: NDArray[Any]) -> None:
        """Append all of `more`."""
        end = self._length + len(more)
        if end > len(self._array):
            grown = np.empty(max(end, 2 * len(self._array), _FIRST), self._array.dtype)
            grown[: self._length] = self.filled
            self._array = grown
        self._array[self._length : end] = more
        self._length = end

    def trim(self) -> None:
        """Give the unused room back."""
        self._array = self.filled.copy()
