"""The printed catalogue has every setting with its meaning."""

import json

from click.testing import CliRunner

from streams.cli import main
from streams.settings import Settings


def test_every_setting_is_printed_with_its_meaning() -> None:
    rows = json.loads(CliRunner().invoke(main, ["settings", "--json"]).stdout)
    assert len(rows) == len(Settings.model_fields)
    assert all(row["meaning"] for row in rows), [r["variable"] for r in rows if not r["meaning"]]
    limit = next(row for row in rows if row["variable"] == "NEWSWIRE_MAX_RECORD_BYTES")
    assert (limit["unit"], limit["range"]) == ("bytes", "≥ 1000, ≤ 100000000")


def test_markdown_has_a_line_for_each() -> None:
    lines = CliRunner().invoke(main, ["settings", "--markdown"]).stdout.splitlines()
    assert len(lines) == len(Settings.model_fields) + 2
    assert all(line.count(" | ") >= 4 for line in lines[2:])
