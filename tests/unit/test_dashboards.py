"""The dashboards: as the code makes them, and by the rules of Grafana's dashboard linter."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.grafana.boards import BOARDS, Board
from ops.grafana.build import FOLDER, dashboard, written

ROOT = Path(__file__).parents[2]
PROVISIONING = ROOT / "ops/grafana/provisioning"
PANELS = [(b, p) for b in BOARDS for p in dashboard(b)["panels"]]
NAMES = [f"{b.uid}/{p['title']}" for b, p in PANELS]
UNITS = {"reqps", "s", "short", "bytes", "percentunit"}


def test_written_files_are_what_the_code_makes() -> None:
    files = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}
    assert files == written(), "run: python -m ops.grafana.build"


def test_uids_and_titles_are_unique_and_short() -> None:
    uids = [board.uid for board in BOARDS]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"[a-z-]{1,40}", uid) for uid in uids)
    assert len({board.title for board in BOARDS}) == len(BOARDS)


@pytest.mark.parametrize("board", BOARDS, ids=lambda b: b.uid)
def test_the_data_source_is_a_variable(board: Board) -> None:
    made = dashboard(board)
    [variable] = made["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    assert variable["name"] == "datasource"
    assert made["editable"] is False
    assert made["timezone"] == "utc"


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=NAMES)
def test_panel_follows_the_linter(board: Board, panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert panel["targets"], board.uid
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"]
        assert target["legendFormat"]


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=NAMES)
def test_queries_follow_the_linter(board: Board, panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        query = target["expr"]
        assert set(re.findall(r"\[([^\]]+)\]", query)) <= {"$__rate_interval"}, board.uid
        for counter in re.findall(r"\w+_total", query):
            assert re.search(rf"(rate|increase)\({counter}", query)
        assert query.count("(") == query.count(")")


@pytest.mark.parametrize("board", BOARDS, ids=lambda b: b.uid)
def test_panels_do_not_overlap(board: Board) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard(board)["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_provisioning_names_the_data_source_and_the_folder() -> None:
    text = (PROVISIONING / "datasources/prometheus.yml").read_text("utf-8")
    [source] = yaml.safe_load(text)["datasources"]
    variable = json.loads((FOLDER / "newswire-overview.json").read_text("utf-8"))
    assert source["uid"] == variable["templating"]["list"][0]["current"]["value"]
    boards = yaml.safe_load((PROVISIONING / "dashboards/newswire.yml").read_text("utf-8"))
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    path = boards["providers"][0]["options"]["path"]
    mounts = compose["services"]["grafana"]["volumes"]
    assert f"./ops/grafana/dashboards:{path}:ro" in mounts
