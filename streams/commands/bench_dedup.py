"""`newswire bench dedup`: the index at scale."""

import tempfile
from dataclasses import asdict
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from streams.bench.dedup import REPRINTS, Report, measure, recorded


@click.command(
    epilog="Example: newswire bench dedup --articles 200000 --window 10500000\n\n"
    "Articles over --articles are copies of generations under other keys."
)
@click.option("--articles", type=click.IntRange(1_000), default=200_000, show_default=True)
@click.option("--window", type=click.IntRange(1_000), default=1_000_000, show_default=True)
@click.option("--singles", type=click.IntRange(100), default=5_000, show_default=True)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where log values and snapshot are kept; a temporary folder unless said.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(articles: int, window: int, singles: int, folder: Path | None, as_json: bool) -> None:
    """Query and insert, bytes an article, log read and restart of the dedup index."""
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"values-{articles}.bin"
        if not path.exists():
            recorded(articles, path)
        report = measure(path, articles, window, place, singles)
    if as_json:
        click.echo(orjson.dumps(asdict(report)))
    else:
        _show(report)


def _show(report: Report) -> None:
    table = Table(title=f"Dedup index, {report.window:,} articles", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    reprints = 100 * REPRINTS
    rows = {
        "generated articles through the index": f"{report.articles:,} ({reprints:.0f} % reprints)",
        "answers": ", ".join(f"{n:,} {s}" for s, n in sorted(report.statuses.items())),
        "one article, CPU µs p50 / p99": _pair(report.one_cpu_us),
        "one article, wall µs p50 / p99": _pair(report.one_wall_us),
        "log read, CPU µs an article, empty / full index": " / ".join(
            f"{us:.0f}" for us in (report.read_us[0], report.read_full_us[0])
        ),
        "log read, articles/s of CPU, full index": f"{1e6 / report.read_full_us[0]:,.0f}",
        "log read, articles/s, full index": f"{1e6 / report.read_full_us[1]:,.0f}",
        "index bytes an article": f"{report.bytes_per_article:.0f}",
        "peak memory, MB": f"{report.peak_rss_bytes / 1e6:,.0f}",
        "snapshot, MB": f"{report.snapshot_bytes / 1e6:,.0f}",
        "save / restart with snapshot, s": f"{report.save_seconds:.1f} / {report.load_seconds:.1f}",
        "restart from the log, s (CPU / wall)": " / ".join(
            f"{report.window * (empty + full) / 2e6:,.0f}"
            for empty, full in zip(report.read_us, report.read_full_us, strict=True)
        ),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    Console().print(table)


def _pair(found: dict[str, float]) -> str:
    return f"{found['p50']:.0f} / {found['p99']:.0f}"
