"""`newswire quality entities`: F1 by type and set, calibration and linking on the check halves."""

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table

FLOORS = {"worldwide-dev": 0.86, "wikigold": 0.75, "re3d": 0.60}
EPILOG = """\b
Examples:
  newswire quality entities
  newswire quality entities --set re3d --errors
  newswire quality entities --json | jq .sets
"""


@click.command(epilog=EPILOG)
@click.option("--set", "sets", multiple=True, type=click.Choice(list(FLOORS)), help="Only these.")
@click.option("--errors", is_flag=True, help="List every wrong and missed name.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(sets: tuple[str, ...], errors: bool, as_json: bool) -> None:
    """Exact-span entity F1 on the check halves, calibration, and linking figures.

    Ends with 1 if a set is under the aim of the project.
    """
    from streams.evaluation import entities as evaluation  # noqa: PLC0415 - loads the model
    from streams.stages.entities import load_tagger  # noqa: PLC0415

    tagger = load_tagger()
    chosen = sets or tuple(FLOORS)
    results = {n: evaluation.score(tagger, *evaluation.check_documents(n)) for n in chosen}
    links = {} if sets else {n: evaluation.link(tagger, n) for n in evaluation.LINKED}
    if as_json:
        click.echo(json.dumps(_report(results, links)))
    else:
        _print(results, links)
    if errors:
        for name, result in results.items():
            for kind, entity, context in result.errors:
                click.echo(f"{name}\t{kind}\t{entity}\t{context}")
    sys.exit(int(any(results[n].total.f1 < FLOORS[n] for n in chosen)))


def _report(results: dict[str, Any], links: dict[str, Any]) -> dict[str, Any]:
    return {
        "sets": {
            name: {
                "f1": round(r.total.f1, 4),
                "aim": FLOORS[name],
                "calibration_error": round(r.calibration_error, 4),
                "types": {k: round(c.f1, 4) for k, c in r.types.items()},
            }
            for name, r in results.items()
        },
        "linking": {
            name: {k: getattr(figures, k) for k in figures.__slots__}
            for name, figures in links.items()
        },
    }


def _print(results: dict[str, Any], links: dict[str, Any]) -> None:
    console = Console()
    table = Table("set", "type", "precision", "recall", "F1", "aim", "calibration error")
    for name, r in results.items():
        for kind, c in r.types.items():
            table.add_row(name, kind, f"{c.precision:.3f}", f"{c.recall:.3f}", f"{c.f1:.3f}")
        total = (f"{r.total.precision:.3f}", f"{r.total.recall:.3f}", f"{r.total.f1:.3f}")
        table.add_row(
            name, "all", *total, f"{FLOORS[name]:.2f}", f"{r.calibration_error:.3f}", style="bold"
        )
    console.print(table)
    if links:
        table = Table("linking", "gold", "found", "with an outside id", "comparable", "right")
        for name, f in links.items():
            numbers = (f.gold, f.found, f.linked, f.comparable, f.right)
            table.add_row(name, *map(str, numbers))
        console.print(table)
