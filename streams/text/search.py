"""Binary search in machine code, for loops that are machine code themselves."""

from typing import Any

from numpy.typing import NDArray

from streams.compiled import compiled


@compiled
def first_not_below(values: NDArray[Any], low: int, high: int, wanted: int) -> int:
    """The first place of `values[low:high]`, which are in order, that is not below; else `high`."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low
