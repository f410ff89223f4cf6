"""`newswire bench routes`: many standing routes, next to the naive loop."""

import json
import sys
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from streams.bench.routes import Figures, measure

TARGET_SPEED, TARGET_BYTES = 1_000, 1_500_000_000
TARGET_LIVE, TARGET_PAUSE = 1.0, 0.05
TARGETS_AT = 100_000


@click.command(
    epilog="""\b
Exit code 1: the naive loop gives other answers, or a figure for 100,000 routes is missed.
Examples:
  newswire bench routes
  newswire bench routes --routes 1000000 --naive 1 --json
"""
)
@click.option("--routes", default=TARGETS_AT, show_default=True, help="How many routes.")
@click.option("--articles", default=200, show_default=True, help="How many articles to match.")
@click.option("--naive", default=3, show_default=True, help="Of them also by the naive loop.")
@click.option("--changes", default=3_000, show_default=True, help="Changes while matching.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(routes: int, articles: int, naive: int, changes: int, as_json: bool) -> None:
    """Match made-up articles against many standing routes.

    The mix of routes is written down in streams/bench/route_mix.py.
    """
    console = Console(stderr=True)
    with console.status("making the world") as status:
        figures = measure(
            routes, articles=articles, naive=naive, changes=changes, progress=status.update
        )
    if as_json:
        click.echo(json.dumps(asdict(figures)))
    else:
        Console().print(_table(figures))
    sys.exit(0 if figures.equal and not missed(figures) else 1)


def missed(figures: Figures) -> list[str]:
    """The figures that the goal for 100,000 routes misses."""
    if figures.routes > TARGETS_AT:
        return []
    limits = {
        "articles_per_second": figures.articles_per_second >= TARGET_SPEED,
        "memory_bytes": figures.memory_bytes <= TARGET_BYTES,
        "live_worst_wall_seconds": figures.live_worst_wall_seconds <= TARGET_LIVE,
        "pause_worst_seconds": figures.pause_worst_seconds <= TARGET_PAUSE,
        "bulk_pause_worst_seconds": figures.bulk_pause_worst_seconds <= TARGET_PAUSE,
    }
    return [name for name, met in limits.items() if not met]


def _table(figures: Figures) -> Table:
    table = Table(title=f"{figures.routes:,} standing routes")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("goal", justify="right")
    ratio = figures.articles_per_second / figures.naive_articles_per_second
    rows = (
        ("articles a second of CPU, one core", f"{figures.articles_per_second:,.0f}", "≥ 1,000"),
        ("articles a second by the clock", f"{figures.wall_articles_per_second:,.0f}", ""),
        ("naive loop, articles a second", f"{figures.naive_articles_per_second:,.1f}", ""),
        ("times as fast", f"{ratio:,.0f}", ""),
        ("same answers and evidence", "yes" if figures.equal else "NO", "yes"),
        ("routes that want an article", f"{figures.hits_per_article:,.1f}", ""),
        ("routes tried on an article", f"{figures.candidates_per_article:,.1f}", ""),
        ("memory of the table, MB", f"{figures.memory_bytes / 1e6:,.0f}", "≤ 1,500"),
        ("loaded in, s of CPU", f"{figures.load_seconds:,.1f}", ""),
        ("worst: a change decides after, ms", _ms(figures.live_worst_wall_seconds), "≤ 1,000"),
        ("worst pause for a change, ms of CPU", _ms(figures.pause_worst_seconds), "≤ 50"),
        ("  by the clock", _ms(figures.pause_worst_wall_seconds), ""),
        ("worst pause in the bulk load, ms of CPU", _ms(figures.bulk_pause_worst_seconds), "≤ 50"),
        ("  by the clock", _ms(figures.bulk_pause_worst_wall_seconds), ""),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f}"
