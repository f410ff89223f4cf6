"""Compiled loops give what Python gives, where nothing may be written too."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from streams.compiled import compiled


def total_of_products(left: np.ndarray, right: np.ndarray) -> float:
    total = 0.0
    for n in range(left.size):
        total += left[n] * right[n]
    return total


def test_rounding_is_pythons() -> None:
    draw = np.random.default_rng(7)
    left, right = draw.normal(size=1000), draw.normal(size=1000)
    assert compiled(total_of_products)(left, right) == total_of_products(left, right)


def test_a_process_that_may_write_nowhere_compiles_again(tmp_path: Path) -> None:
    environment = dict(os.environ, NUMBA_CACHE_DIR=str(tmp_path / "absent"))
    code = (
        "import numpy as np; from streams.compiled import compiled;"
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        "from test_compiled import total_of_products as f;"
        "print(compiled(f)(np.ones(3), np.ones(3)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "3.0", done.stderr
