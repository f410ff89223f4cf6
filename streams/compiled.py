"""Loops over arrays as machine code (Numba), compiled once and kept on disk where that may be.

Rounding is IEEE 754 without reordering or fused steps, so the same input gives the same bytes
on every machine.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
CACHE_VARIABLE = "NUMBA_CACHE_DIR"


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function` in machine code: arguments are scalars and arrays, the GIL is released.

    The code is compiled at the first call with each combination of types and kept beside the
    source, or in NUMBA_CACHE_DIR; a process that may write nowhere compiles again.
    """
    from numba import njit  # noqa: PLC0415 - a third of a second, only for who computes

    cache = _may_write(Path(function.__code__.co_filename).parent)
    made = njit(cache=cache, nogil=True, fastmath=False, error_model="numpy")(function)
    return cast("Callable[P, R]", made)


def _may_write(folder: Path) -> bool:
    chosen = os.environ.get(CACHE_VARIABLE)
    try:
        with tempfile.TemporaryFile(dir=chosen or folder):
            return True
    except OSError:
        return False
