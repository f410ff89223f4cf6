"""The demonstration, whole: the account of a real worker's topics is clean."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from streams.topology import DLQ, DUPLICATES, RAW, UNIQUE

pytestmark = pytest.mark.kafka


def test_the_demo_ends_clean() -> None:
    command = [str(Path(sys.executable).with_name("newswire")), "demo", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["audit"]["clean"]
    assert found["audit"]["raw"]["read"] == found["topics"][RAW] > 40
    outcomes = found["audit"]["raw"]["outcomes"]
    counted = {"unique": UNIQUE, "duplicates": DUPLICATES, "dead_letters": DLQ}
    assert outcomes == {name: found["topics"][topic] for name, topic in counted.items()}
