"""Freed buffers leave the process, although smaller things that stay lie between them."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from streams.steady import keep_steady
if sys.argv[1] == "steady":
    keep_steady()

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

before, kept = resident(), []
for _ in range(5):
    for size in (2_000_000, 400_000):
        buffers = []
        for _ in range(20_000_000 // size):
            buffers.append(b"x" * size)
            kept.append(b"y" * 20_000)
        del buffers
print(resident() - before - sum(map(len, kept)) / 1e6)
"""


def grown(how: str) -> float:
    command = [sys.executable, "-c", SCRIPT, how]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc")
def test_large_buffers_are_given_back() -> None:
    assert grown("steady") < 2
    assert grown("not") > 5
