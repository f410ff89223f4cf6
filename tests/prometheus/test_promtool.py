"""promtool on the configuration and rules: every alert firing and silent."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "ops/prometheus"
PROMTOOL = shutil.which("promtool")


@pytest.mark.prometheus
@pytest.mark.skipif(PROMTOOL is None, reason="promtool is missing: apt-get install prometheus")
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", "prometheus.yml"],
        ["check", "config", "compose.yml"],
        ["check", "rules", "rules/recording.yml", "rules/alerts.yml"],
        ["test", "rules", "tests/alerts.yml"],
        ["test", "rules", "tests/slow.yml"],
    ],
    ids=" ".join,
)
def test_promtool(arguments: list[str]) -> None:
    assert PROMTOOL is not None
    done = subprocess.run(
        [PROMTOOL, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
