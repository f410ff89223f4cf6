"""The rules, alerts and runbooks belong together; tests/prometheus asks promtool besides."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from streams import metrics
from streams.cli import main

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "ops/prometheus"
RUNBOOKS = sorted((ROOT / "ops/runbooks").glob("*.md"))
HEADINGS = ("Meaning", "First look", "Likely causes", "Commands", "What to do", "Over when")


def rules(name: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "rules" / name).read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = rules("alerts.yml")
NAMES = [rule["alert"] for rule in ALERTS]


def cases() -> set[tuple[str, bool]]:
    found = set()
    for path in sorted((FOLDER / "tests").glob("*.yml")):
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            for check in test["promql_expr_test"]:
                alert = re.search(r'alertname="(\w+)"', check["expr"])
                assert alert is not None
                found.add((alert.group(1), bool(check["exp_samples"])))
    return found


def catalogue() -> set[str]:
    """The names of all series that the catalogue can make."""
    names = {"up", "ALERTS"}
    for metric in vars(metrics).values():
        if hasattr(metric, "_documentation"):
            base = metric._name
            names |= {base, *(f"{base}_{end}" for end in ("total", "bucket", "sum", "count"))}
    return names | {rule["record"] for rule in rules("recording.yml")}


def series_of(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:\w+:)?newswire[\w:]*", re.sub(r'"[^"]*"', "", expression)))


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_alert_says_what_a_person_needs(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"page", "ticket"}
    notes = alert["annotations"]
    assert notes["summary"]
    assert notes["description"].endswith(".")
    runbook = ROOT / notes["runbook_url"]
    assert alert["alert"] in runbook.read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_alert_is_tested_firing_and_silent(name: str) -> None:
    assert {(name, True), (name, False)} <= cases()


@pytest.mark.parametrize("rule", [*ALERTS, *rules("recording.yml")], ids=str)
def test_rules_ask_only_for_series_that_exist(rule: dict[str, Any]) -> None:
    assert series_of(rule["expr"]) <= catalogue()


def test_names_of_alerts_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda p: p.stem)
def test_runbook_is_whole_and_belongs_to_an_alert(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [h for h in HEADINGS if f"\n## {h}\n" not in text] == []
    assert any(rule["annotations"]["runbook_url"].endswith(path.name) for rule in ALERTS)
    for link in re.findall(r"\b[\w-]+\.md\b", text):
        assert (path.parent / link).exists()


def commands() -> list[str]:
    blocks = [
        block
        for path in RUNBOOKS
        for block in re.findall(r"```sh\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
    ]
    return sorted({line for block in blocks for line in block.splitlines() if line})


@pytest.mark.parametrize("line", commands())
def test_commands_of_runbooks_exist(line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "newswire"
    known = [word for word in words if word != "--help"]
    result = CliRunner().invoke(main, [*known, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage" in result.output
    named = {word.split("=")[0] for word in words if re.fullmatch("--[a-z-]+(=.*)?", word)}
    assert named <= {*re.findall("--[a-z-]+", result.output), "--help"}
