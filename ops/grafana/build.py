"""Grafana's dashboards as code: `python -m ops.grafana.build` writes `dashboards/*.json`.

One table of boards; every panel has a title, a description, a unit and its queries. A test
compares the written files with what this makes, and asks a real Prometheus every query.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ops.grafana.boards import BOARDS, Board, Panel

FOLDER = Path(__file__).parent / "dashboards"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH, HEIGHT, COLUMNS = 8, 8, 3


@dataclass(slots=True, frozen=True)
class Place:
    """Where a panel stands on the grid of 24 columns."""

    number: int

    @property
    def grid(self) -> dict[str, int]:
        """Grafana's form of it."""
        row, column = divmod(self.number, COLUMNS)
        return {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT}


def panel(made: Panel, number: int) -> dict[str, Any]:
    """A panel in Grafana's form; ids count from 1."""
    targets = [
        {"refId": chr(65 + n), "datasource": SOURCE, "expr": query, "legendFormat": legend}
        for n, (query, legend) in enumerate(made.queries)
    ]
    return {
        "id": number + 1,
        "type": made.kind,
        "title": made.title,
        "description": made.description,
        "datasource": SOURCE,
        "gridPos": Place(number).grid,
        "targets": targets,
        "fieldConfig": {"defaults": {"unit": made.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}}
        if made.kind == "timeseries"
        else {},
    }


def dashboard(board: Board) -> dict[str, Any]:
    """A dashboard in Grafana's form, with a fixed uid and a variable for the data source."""
    return {
        "uid": board.uid,
        "title": board.title,
        "description": board.description,
        "tags": ["newswire"],
        "timezone": "utc",
        "editable": False,
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Data source",
                    "type": "datasource",
                    "query": "prometheus",
                    "current": {"text": "Prometheus", "value": "prometheus"},
                }
            ]
        },
        "links": [
            {
                "title": "newswire",
                "type": "dashboards",
                "tags": ["newswire"],
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
            }
        ],
        "panels": [panel(made, number) for number, made in enumerate(board.panels)],
    }


def written() -> dict[str, bytes]:
    """File name and content of every dashboard."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return {f"{b.uid}.json": orjson.dumps(dashboard(b), option=options) for b in BOARDS}


def main() -> None:
    """Write the dashboards."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in written().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
