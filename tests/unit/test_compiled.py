"""Compiled loops give what Python gives, where nothing may be written too."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

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


def test_scipy_stays_outside_until_someone_asks_for_it() -> None:
    pytest.importorskip("scipy")
    code = (
        "import numpy as np; from streams.compiled import compiled;"
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        "from test_compiled import total_of_products as f; compiled(f)(np.ones(3), np.ones(3));"
        "print([name for name in sys.modules if name.startswith('scipy')]);"
        "import scipy.linalg; print(scipy.linalg.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[:2] == ["[]", "scipy.linalg"], done.stderr


def test_what_a_function_calls_is_looked_at_when_the_compiled_one_is_taken_from_disk(
    tmp_path: Path,
) -> None:
    (tmp_path / "callee").mkdir()
    (tmp_path / "caller").mkdir()
    head = "from streams.compiled import compiled\n"
    caller = "import called\n@compiled\ndef caller():\n    return called.callee()\n"
    (tmp_path / "caller" / "calling.py").write_text(head + caller)
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path / 'callee')!r}, {str(tmp_path / 'caller')!r}]"
    )
    code += "; from calling import caller; print(caller())"
    for answer in ("1", "22"):
        callee = f"@compiled\ndef callee():\n    return {answer}\n"
        (tmp_path / "callee" / "called.py").write_text(head + callee)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.stdout.strip() == answer, done.stderr
