"""`newswire quality dedup`: duplicates, updates and false merges on labelled pairs."""

import click
import orjson
from rich.console import Console
from rich.table import Table

from streams.evaluation.dedup import (
    CLASSES,
    Scores,
    false_merges,
    helsinki_pairs,
    relations,
    score,
    semeval_pairs,
)
from streams.evaluation.split import shared_data

LEAST_F1 = 0.8
MOST_MERGES = 2


@click.command(
    epilog="Example: newswire quality dedup --json\n\nExit code 1: a figure misses its floor."
)
@click.option("--tuning", is_flag=True, help="The tuning half instead of the check half.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(tuning: bool, as_json: bool) -> None:
    """Figures of dedup on labelled pairs: strict duplicates, three classes, false merges."""
    data = shared_data()
    pairs, different = helsinki_pairs(data, check=not tuning), semeval_pairs(data)
    scores = score(pairs, relations(pairs))
    merged = false_merges(different, relations(different))
    figures: dict[str, object] = {
        "half": "tuning" if tuning else "check",
        "pairs": len(pairs),
        "duplicate_f1": round(scores.f1("duplicate"), 3),
        "macro_f1": round(scores.macro_f1, 3),
        "false_merges": len(merged),
        "confusion": scores.confusion,
    }
    if as_json:
        click.echo(orjson.dumps(figures))
    else:
        _show(scores, figures)
    good = min(scores.f1("duplicate"), scores.macro_f1) >= LEAST_F1 and len(merged) <= MOST_MERGES
    raise SystemExit(0 if good else 1)


def _show(scores: Scores, figures: dict[str, object]) -> None:
    table = Table(title=f"Hard pairs, {figures['half']} half", title_justify="left")
    table.add_column("labelled")
    for name in CLASSES:
        table.add_column(f"as {name}", justify="right")
    table.add_column("F1", justify="right")
    for name in CLASSES:
        row = [str(scores.confusion[name][other]) for other in CLASSES]
        table.add_row(name, *row, f"{scores.f1(name):.3f}")
    console = Console()
    console.print(table)
    console.print(f"macro F1 of the three classes: {scores.macro_f1:.3f} (floor {LEAST_F1})")
    console.print(
        f"SemEval pairs on different stories called duplicates: {figures['false_merges']} "
        f"(at most {MOST_MERGES})"
    )
