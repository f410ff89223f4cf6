"""Loops over arrays as machine code (Numba), compiled once and kept on disk where that may be.

Rounding is IEEE 754 without reordering or fused steps, so the same input gives the same bytes
on every machine.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
CACHE_VARIABLE = "NUMBA_CACHE_DIR"

_FOLDERS: dict[Any, frozenset[Path]] = {}
"""Of each compiled function: where the code that goes into it can come from."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function` in machine code: arguments are scalars and arrays, the GIL is released.

    The code is compiled at the first call with each combination of types and kept beside the
    source, or in NUMBA_CACHE_DIR; a process that may write nowhere compiles again. It is compiled
    again when a file of its folder changes, or one beside a compiled function that it names.
    """
    njit = _compiler()
    own = Path(function.__code__.co_filename).parent
    kept = _may_write(Path(os.environ.get(CACHE_VARIABLE) or own))
    made: Any = njit(cache=kept, nogil=True, fastmath=False, error_model="numpy")(function)
    _FOLDERS[made] = _folders(function)
    if kept:
        # Numba looks at the function's own file only; calls and constants come from others too.
        made._cache._cache_file._source_stamp = _stamp(_FOLDERS[made])  # noqa: SLF001
    return cast("Callable[P, R]", made)


@cache
def _compiler() -> Any:
    """Numba's `njit`, without the SciPy (46 MB) that it takes along if there is one."""
    hidden = "scipy" not in sys.modules
    if hidden:
        sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        import numba.np.arraymath  # noqa: PLC0415 - a third of a second, only for who computes
    finally:
        if hidden:
            del sys.modules["scipy"]
    return numba.njit


def _folders(function: Callable[..., Any]) -> frozenset[Path]:
    """The folders of the function and of the compiled functions that it can name."""
    from numba.core.dispatcher import Dispatcher  # noqa: PLC0415 - as above

    names = function.__code__.co_names
    places = [function.__globals__]
    places += [vars(v) for n in names if isinstance(v := places[0].get(n), ModuleType)]
    named = [place[n] for place in places for n in names if n in place]
    called = [_FOLDERS[v] for v in named if isinstance(v, Dispatcher)]
    return frozenset({Path(function.__code__.co_filename).parent}.union(*called))


def _stamp(folders: frozenset[Path]) -> tuple[tuple[str, int, int], ...]:
    return tuple(file for folder in sorted(folders) for file in _files(folder))


@cache
def _files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    stats = ((path.name, path.stat()) for path in sorted(folder.glob("*.py")))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


@cache
def _may_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
