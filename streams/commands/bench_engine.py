"""`newswire bench engine`: the engine next to its peers on a real broker."""

import sys
import time
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from ops.broker import LocalCluster
from streams.bench import engine as bench
from streams.bench.engines import ENGINES

EPILOG = """\b
Examples:
  newswire bench engine                          pass-through, all engines
  newswire bench engine --stage real --count 2000
  newswire bench engine --engines newswire,aiokafka --rounds 5
  newswire bench engine --latency 30 --memory 1200 --engines ""

\b
One broker (started for the run unless --bootstrap names one), zstd, acks=all, 6 partitions.
Engines take turns over the same topic; the table has the medians of the rounds. Quix Streams
and Bytewax come with the extra `bench`. Bytewax commits no offsets here."""
LATENCY_RATE = 100.0
WARM_SECONDS = 3


@click.command(epilog=EPILOG)
@click.option("--count", type=click.IntRange(500), default=20_000, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--engines", default=",".join(ENGINES), show_default=True, help="With commas.")
@click.option("--stage", type=click.Choice(["json", "real"]), default="json", show_default=True)
@click.option("--latency", type=float, default=0, help="Seconds at 100 articles/s.")
@click.option("--memory", type=float, default=0, help="Seconds of load while memory is sampled.")
@click.option("--memory-rate", type=float, default=200, show_default=True, help="Articles/s.")
@click.option("--stages", default="streams.bench.passthrough:load_stages", show_default=True,
              help="The worker's stages for latency and memory.")  # fmt: skip
@click.option("--bootstrap", default=None, help="A broker that is there.")
@click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")
def command(**options: Any) -> None:
    """CPU microseconds an article and articles/s beside peers; latency; memory slope."""
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        bootstrap = options["bootstrap"]
        if bootstrap is None:
            bootstrap = stack.enter_context(LocalCluster(heap_megabytes=768)).bootstrap
        names = [name for name in options["engines"].split(",") if name]
        if names:
            figures["engines"] = _compare(bootstrap, names, options)
        if options["latency"]:
            figures["latency"] = _latency(bootstrap, options)
        if options["memory"]:
            figures["memory"] = _memory(bootstrap, options)
    if options["as_json"]:
        click.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    else:
        _print(figures, options)


def _compare(bootstrap: str, names: list[str], options: dict[str, Any]) -> dict[str, Any]:
    def told(speed: bench.Speed) -> None:
        if sys.stderr.isatty():
            click.echo(f"{speed.engine}: {speed.cpu_us:.0f} µs", err=True)

    speeds = bench.compare(
        bootstrap, names, options["count"], options["rounds"], options["stage"], told
    )
    return {
        "medians": {name: asdict(speed) for name, speed in bench.best(speeds).items()},
        "runs": [asdict(speed) for speed in speeds],
    }


def _latency(bootstrap: str, options: dict[str, Any]) -> dict[str, float]:
    worker = bench.WorkerUnderLoad(bootstrap, options["stages"])
    try:
        worker.wait_working()
        worker.feed(LATENCY_RATE, WARM_SECONDS, lambda _: None)
        since = time.time()
        worker.feed(LATENCY_RATE, options["latency"], lambda _: None)
        time.sleep(3)
        ages = sorted(worker.ages(since))
    finally:
        worker.stop()
    points = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    return {name: ages[int(len(ages) * part)] for name, part in points.items()} | {
        "count": len(ages)
    }


def _memory(bootstrap: str, options: dict[str, Any]) -> dict[str, float]:
    worker = bench.WorkerUnderLoad(bootstrap, options["stages"])
    samples: list[tuple[float, float]] = []
    try:
        worker.wait_working()
        worker.feed(
            options["memory_rate"],
            options["memory"],
            lambda passed: samples.append((passed, worker.rss_mb())),
        )
    finally:
        worker.stop()
    return {
        "mb_per_minute": bench.slope(samples),
        "first_mb": samples[len(samples) // 3][1],
        "last_mb": samples[-1][1],
        "seconds": options["memory"],
        "articles": options["memory"] * options["memory_rate"],
    }


def _print(figures: dict[str, Any], options: dict[str, Any]) -> None:
    console = Console()
    if "engines" in figures:
        console.print(_table(figures["engines"]["medians"], options))
    if "latency" in figures:
        values = figures["latency"]
        console.print(
            f"append to output through three agents at {LATENCY_RATE:.0f} articles/s: "
            f"p50 {1000 * values['p50']:.0f} ms, p90 {1000 * values['p90']:.0f} ms, "
            f"p99 {1000 * values['p99']:.0f} ms ({values['count']} articles)"
        )
    if "memory" in figures:
        values = figures["memory"]
        console.print(
            f"memory over {values['seconds']:.0f} s of load ({values['articles']:.0f} articles): "
            f"{values['first_mb']:.0f} to {values['last_mb']:.0f} MB, "
            f"{values['mb_per_minute']:+.2f} MB a minute"
        )


def _table(medians: dict[str, Any], options: dict[str, Any]) -> Table:
    title = f"{options['count']} articles, stage {options['stage']}, {options['rounds']} rounds"
    table = Table("engine", "articles/s", "CPU µs an article", "peak MB", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    bare = medians.get("aiokafka")
    for name, speed in medians.items():
        ratio = f" ({speed['cpu_us'] / bare['cpu_us']:.2f}x)" if bare else ""
        wall = (
            f" ({speed['articles_per_second'] / bare['articles_per_second']:.2f}x)" if bare else ""
        )
        table.add_row(
            name,
            f"{speed['articles_per_second']:,.0f}{wall}",
            f"{speed['cpu_us']:,.0f}{ratio}",
            f"{speed['peak_mb']:,.0f}",
        )
    return table
