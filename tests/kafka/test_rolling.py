"""A rolling restart of real workers with real stages under load: in time, and nothing lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from streams.commands.bench_rolling import OBJECTIVE_SECONDS

pytestmark = pytest.mark.kafka


def test_a_rolling_restart_is_in_time_and_loses_nothing() -> None:
    newswire = str(Path(sys.executable).with_name("newswire"))
    options = "--workers 2 --rate 30 --lead 1 --json".split()
    done = subprocess.run(
        [newswire, "bench", "rolling", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["lost"] == 0
    assert found["articles"] > 100
    assert found["p99_seconds"] < OBJECTIVE_SECONDS
    assert len(found["restart_seconds"]) == 2
    assert found["audit"]["raw"]["outcomes"] == {"unique": found["audit"]["raw"]["read"]}
