"""`newswire settings`: the catalogue of settings."""

from typing import Any

import click
from pydantic.fields import FieldInfo

from streams.commands.kafka_options import JSON, print_json, print_table
from streams.settings import PREFIX, Settings

COLUMNS = ("variable", "unit", "default", "range", "meaning")
BOUNDS = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))


def rows() -> list[dict[str, str]]:
    """A row for each setting, in the order of the catalogue; secrets have no default."""
    return [_row(name, info) for name, info in Settings.model_fields.items()]


@click.command(
    epilog="""\b
Examples:
  newswire settings
  newswire settings --json
  newswire settings --markdown > SETTINGS.md
"""
)
@click.option("--markdown", is_flag=True, help="Print a Markdown table.")
@JSON
def command(markdown: bool, as_json: bool) -> None:
    """Print every setting: variable, unit, default, range, meaning."""
    found = rows()
    if as_json:
        print_json(found)
    elif markdown:
        click.echo(_markdown(found))
    else:
        print_table("Settings", COLUMNS, ([row[name] for name in COLUMNS] for row in found))


def _row(name: str, info: FieldInfo) -> dict[str, str]:
    extra = info.json_schema_extra
    unit = extra.get("unit", "") if isinstance(extra, dict) else ""
    return {
        "variable": PREFIX + name.upper(),
        "unit": str(unit),
        "default": "" if info.default is None else str(info.default),
        "range": _range(info),
        "meaning": " ".join((info.description or "").split()),
    }


def _range(info: FieldInfo) -> str:
    bounds = [
        f"{sign} {getattr(part, attribute)}"
        for part in info.metadata
        for attribute, sign in BOUNDS
        if getattr(part, attribute, None) is not None
    ]
    return ", ".join(bounds) or _choices(info.annotation)


def _choices(annotation: Any) -> str:
    values = getattr(annotation, "__args__", ())
    return ", ".join(values) if values and all(isinstance(v, str) for v in values) else ""


def _markdown(found: list[dict[str, str]]) -> str:
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for row in found:
        cells = [row[name].replace("|", r"\|") for name in COLUMNS]
        cells[0] = f"`{cells[0]}`"
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
