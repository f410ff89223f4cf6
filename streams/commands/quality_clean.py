"""`newswire quality clean`: 4-shingle F1 of cleaned texts against bodies made by hand."""

import click
import orjson
from rich.console import Console
from rich.table import Table

from streams.evaluation.clean import WHOLE, Score, figures, pages
from streams.evaluation.split import shared_data

LEAST_WHOLE = 0.93
EXTRACTED = "extracted"
Figures = dict[str, tuple[Score, Score]]


@click.command(
    epilog="Example: newswire quality clean --json\n\nExit code 1: a figure misses its floor."
)
@click.option("--tuning", is_flag=True, help="The tuning half instead of the check half.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(tuning: bool, as_json: bool) -> None:
    """Figures of the clean stage: whole pages, and texts that extractors made."""
    found = figures(pages(shared_data(), check=not tuning))
    if as_json:
        click.echo(orjson.dumps({"half": "tuning" if tuning else "check", **_plain(found)}))
    else:
        _show(found, "tuning" if tuning else "check")
    before, after = found[EXTRACTED]
    good = found[WHOLE][1].f1 >= LEAST_WHOLE and after.f1 > before.f1
    raise SystemExit(0 if good else 1)


def _plain(found: Figures) -> dict[str, dict[str, float]]:
    return {
        name: {
            "pages": after.pages,
            "untouched_f1": round(before.f1, 4),
            "precision": round(after.precision, 4),
            "recall": round(after.recall, 4),
            "f1": round(after.f1, 4),
        }
        for name, (before, after) in found.items()
    }


def _show(found: Figures, half: str) -> None:
    table = Table(title=f"4-shingle F1, {half} half", title_justify="left")
    table.add_column("text")
    for name in ("pages", "untouched F1", "precision", "recall", "F1"):
        table.add_column(name, justify="right")
    for name, row in _plain(found).items():
        table.add_row(name, f"{row['pages']:.0f}", *(f"{v:.4f}" for v in list(row.values())[1:]))
    console = Console()
    console.print(table)
    console.print(f"floors: {WHOLE} {LEAST_WHOLE}, {EXTRACTED} its untouched F1")
