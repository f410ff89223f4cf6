"""The incident, short: alerts fire in a real Prometheus, the repair leaves a clean account."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ops.incident import ALERTS
from ops.monitor import RULES, shortened

pytestmark = [
    pytest.mark.prometheus,
    pytest.mark.skipif(
        shutil.which("prometheus") is None, reason="no prometheus: apt-get install prometheus"
    ),
]
DURATION = re.compile(r"\b\d+[smhd]\b")


@pytest.mark.kafka
def test_the_incident_is_seen_and_repaired() -> None:
    newswire = str(Path(sys.executable).with_name("newswire"))
    done = subprocess.run(
        [newswire, "ops-demo", "--short", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    fired = {alert["labels"]["alertname"] for alert in found["alerts"]}
    assert fired >= set(ALERTS)
    assert {alert["state"] for alert in found["alerts"]} == {"firing"}
    assert found["before"]["slo"]["dead_letter_ratio"] == 0
    assert found["during"]["slo"]["dead_letter_ratio"] > 0.001
    assert (found["redriven"], found["dead_letters_open"]) == (found["poison"], 0)
    raw = found["audit"]["raw"]
    assert raw["read"] == found["load"] + 2 * found["poison"]
    assert raw["outcomes"]["dead_letters"] == found["poison"]
    assert found["audit"]["clean"]


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yml")), ids=lambda path: path.name)
def test_shorter_windows_change_nothing_else(path: Path, tmp_path: Path) -> None:
    shipped = path.read_text("utf-8")
    short = shortened(shipped, 60)
    assert yaml.safe_load(short) != yaml.safe_load(shipped)
    assert DURATION.sub("", short) == DURATION.sub("", shipped)
    made = tmp_path / path.name
    made.write_text(short, "utf-8")
    check = [str(shutil.which("promtool")), "check", "rules", str(made)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
