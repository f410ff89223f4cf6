"""`newswire bench run`: the embedded job by stage."""

from dataclasses import asdict

import click
import orjson
from rich.console import Console
from rich.table import Table

from streams.bench.embedded import Figures, measure

EPILOG = """\b
Example:
  newswire bench run --articles 2000 --json

The load is generated (streams/bench/load.py says how); `reference` is a fixed pure-Python
loop of a million steps, to compare machines by."""


@click.command(epilog=EPILOG)
@click.option("--articles", type=click.IntRange(200), default=2000, show_default=True)
@click.option("--batch", type=click.IntRange(1, 10_000), default=256, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")
def command(articles: int, batch: int, as_json: bool) -> None:
    """CPU microseconds an article by stage, articles a second on one core, peak memory."""
    figures = measure(articles, batch)
    if as_json:
        click.echo(orjson.dumps(asdict(figures), option=orjson.OPT_INDENT_2))
    else:
        Console().print(_table(figures))


def _table(figures: Figures) -> Table:
    table = Table("stage", "CPU µs an article", title="newswire bench run")
    table.columns[1].justify = "right"
    for name, microseconds in figures.stages.items():
        table.add_row(name, f"{microseconds:,.0f}")
    table.add_section()
    parts = sum(figures.stages[name] for name in ("parse", "clean", "fingerprint"))
    table.add_row("parse + clean + fingerprint, aim 250", f"{parts:,.0f}")
    table.add_row("whole job", f"{figures.cpu_us_per_article:,.0f}")
    table.add_row("articles a CPU second", f"{1e6 / figures.cpu_us_per_article:,.0f}")
    table.add_row("articles/s by the clock", f"{figures.articles_per_second:,.0f}")
    table.add_row("articles, mean bytes", f"{figures.articles:,} of {figures.mean_bytes:,}")
    table.add_row("peak memory, MB", f"{figures.peak_megabytes:,.0f}")
    table.add_row("reference loop, µs", f"{figures.reference_us:,.0f}")
    return table
