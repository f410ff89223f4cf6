"""`newswire quality clean`: 4-shingle F1 of cleaned texts against bodies made by hand.

And what counting the lines of a source adds, on a made stream and on the real one.
"""

import click
import orjson
from rich.console import Console
from rich.table import Table

from streams.evaluation.clean import WHOLE, Score, figures, pages
from streams.evaluation.clean_sources import Gain, gain, taken_out
from streams.evaluation.split import shared_data

LEAST_WHOLE = 0.93
EXTRACTED = "extracted"
Figures = dict[str, tuple[Score, Score]]


@click.command(
    epilog="Example: newswire quality clean --json\n\nExit code 1: a figure misses its floor."
    "\n\nFor sources: made papers around Wikinews articles; lines of a real stream, to read."
)
@click.option("--tuning", is_flag=True, help="The tuning half instead of the check half.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(tuning: bool, as_json: bool) -> None:
    """Figures of the clean stage: whole pages, and texts that extractors made."""
    data, half = shared_data(), "tuning" if tuning else "check"
    found, sources = figures(pages(data, check=not tuning)), gain(data)
    lines = dict(taken_out(data).most_common())
    if as_json:
        said = {"half": half, **_plain(found), "sources": _steps(sources), "repeated": lines}
        click.echo(orjson.dumps(said))
    else:
        _show(found, half)
        _show_sources(sources, lines)
    before, after = found[EXTRACTED]
    good = found[WHOLE][1].f1 >= LEAST_WHOLE and after.f1 > before.f1
    raise SystemExit(0 if good and sources.repeated.f1 > sources.cleaned.f1 else 1)


def _steps(sources: Gain) -> dict[str, dict[str, float]]:
    steps = {
        "untouched": sources.untouched,
        "cleaned": sources.cleaned,
        "without repeated lines": sources.repeated,
    }
    return {
        name: {
            "precision": round(step.precision, 4),
            "recall": round(step.recall, 4),
            "f1": round(step.f1, 4),
        }
        for name, step in steps.items()
    }


def _show_sources(sources: Gain, lines: dict[str, int]) -> None:
    table = Table(title="Made papers, 4-shingle", title_justify="left")
    for name in ("text", "precision", "recall", "F1"):
        table.add_column(name)
    for name, row in _steps(sources).items():
        table.add_row(name, *(f"{value:.4f}" for value in row.values()))
    console = Console()
    console.print(table)
    console.print(f"{sum(lines.values())} repeated lines taken out of the real stream:")
    for line, count in lines.items():
        console.print(f"  {count} x {line[:100]}", markup=False)


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
