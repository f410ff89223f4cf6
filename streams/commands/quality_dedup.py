"""`newswire quality dedup`: duplicates, updates and false merges on labelled pairs."""

from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from streams.commands.side_by_side import LEGEND, side_by_side
from streams.evaluation.dedup import (
    CLASSES,
    Scores,
    false_merges,
    helsinki_pairs,
    relations,
    score,
    semeval_pairs,
)
from streams.evaluation.reuters import Merge, Merges, merged, reuters
from streams.evaluation.split import shared_data
from streams.stages.dedup.explain import as_json as explained
from streams.stages.dedup.explain import explain

LEAST_F1 = 0.8
MOST_MERGES = 2


SEED = 1
EPILOG = """\b
Examples:
  newswire quality dedup --json
  newswire quality dedup --merges 50 | less -R
\b
Exit code 1: a figure misses its floor."""


@click.command(epilog=EPILOG)
@click.option("--tuning", is_flag=True, help="The tuning half instead of the check half.")
@click.option(
    "--merges",
    type=click.IntRange(1),
    help="Print so many merges of Reuters-21578 to be read, and no figures.",
)
@click.option(
    "--seed", type=int, default=SEED, show_default=True, help="Which merges: another, others."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(tuning: bool, merges: int | None, seed: int, as_json: bool) -> None:
    """Figures of dedup on labelled pairs: strict duplicates, three classes, false merges.

    Reuters-21578 has natural re-sends and no labels: with --merges its texts go in order through
    the clean stage and one index, and some pairs that were merged though they differ in words are
    drawn at random, for a reader to judge.
    """
    if merges:
        _show_merges(merged(reuters(shared_data())), merges, seed, as_json=as_json)
    else:
        _figures(shared_data(), tuning=tuning, as_json=as_json)


def _figures(data: Path, *, tuning: bool, as_json: bool) -> None:
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


def _show_merges(found: Merges, count: int, seed: int, *, as_json: bool) -> None:
    drawn = found.drawn(count, seed)
    summary = {
        "articles": found.articles,
        "merged": len(found.merges),
        "same_words": sum(merge.same_words for merge in found.merges),
        "shown": len(drawn),
    }
    if as_json:
        click.echo(orjson.dumps(summary | {"merges": [_as_json(merge) for merge in drawn]}))
        return
    console = Console()
    for number, merge in enumerate(drawn, 1):
        explanation = explain(merge.earlier, merge.later)
        console.print(f"{number}. {explanation.relation}, similarity {explanation.similarity:.3f}")
        console.print(side_by_side(merge.earlier, merge.later, explanation, merge.names))
    console.print(LEGEND)
    console.print(
        f"{summary['merged']:,} of {summary['articles']:,} articles were merged, "
        f"{summary['same_words']:,} of them with the same words; "
        f"{summary['shown']} of the others are above"
    )


def _as_json(merge: Merge) -> dict[str, object]:
    explanation = explain(merge.earlier, merge.later)
    texts = (merge.earlier.text, merge.later.text)
    return {"names": merge.names, "texts": texts} | explained(explanation)
