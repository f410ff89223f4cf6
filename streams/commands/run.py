"""`newswire run`: the whole job embedded, no broker."""

import signal
import sys
import time
from pathlib import Path
from types import FrameType

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from streams.local.job import Job
from streams.local.run import run
from streams.local.sinks import written_before
from streams.local.sources import InputError, Sources, find
from streams.local.summary import Summary
from streams.settings import SettingsError, load
from streams.stages.dedup import Index
from streams.stages.routes import read_file

INTERRUPTED = 130
EPILOG = """\b
Examples:
  newswire run tests/samples --out out
  newswire run crawl.jsonl.gz page.txt --out out --jobs 2
  zcat crawl.jsonl.gz | newswire run - --out out --json
\b
Exit codes: 0 done, 1 an input broke off or the counts do not add up,
2 usage, 130 stopped by Ctrl-C (every line written is whole)."""


@click.command(epilog=EPILOG)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Output folder.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True)
@click.option(
    "--routes",
    type=click.Path(exists=True, dir_okay=False),
    multiple=True,
    help="A file of standing routes, besides the built-in ones.",
)
@click.option("--overwrite", is_flag=True, help="Replace the streams of an earlier run in --out.")
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON on standard output.")
def command(
    inputs: tuple[str, ...],
    out: Path,
    jobs: int,
    routes: tuple[str, ...],
    overwrite: bool,
    as_json: bool,
) -> None:
    """Run the whole job over INPUT: files or folders of .jsonl, .txt and .gz, or - for stdin.

    A .jsonl line is a JSON object or a JSON string; a .txt file is one article. Writes one
    JSONL file per output stream into the --out folder, and summary.json. --jobs N gives the
    same bytes as one process.
    """
    sources = _sources(inputs)
    _check_routes(routes)
    _prepare_folder(out, overwrite=overwrite)
    job = _job(routes)
    started = time.monotonic()
    summary = _run(sources, out, job, jobs)
    _report(summary, time.monotonic() - started, as_json=as_json)
    sys.exit(_exit_code(summary))


def _sources(inputs: tuple[str, ...]) -> Sources:
    try:
        return find(inputs)
    except (InputError, OSError) as error:
        raise click.UsageError(str(error)) from None


def _check_routes(files: tuple[str, ...]) -> None:
    """Refuse a bad file before anything is written; the processes read it again."""
    for name in files:
        try:
            read_file(Path(name))
        except (OSError, ValueError) as error:
            raise click.UsageError(f"--routes: {error}") from None


def _prepare_folder(out: Path, *, overwrite: bool) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        earlier = written_before(out)
        if earlier and not overwrite:
            raise click.UsageError(f"{out} holds an earlier run: use --overwrite or another --out")
        for path in earlier:
            path.unlink()
    except OSError as error:
        raise click.UsageError(f"--out {out}: {error.strerror}") from None


def _job(routes: tuple[str, ...]) -> Job:
    try:
        settings = load()
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    return Job(
        Index(),
        routes,
        batch_records=settings.batch_records,
        max_bytes=settings.max_record_bytes,
    )


def _run(sources: Sources, out: Path, job: Job, jobs: int) -> Summary:
    stop = _StopOnce()
    with _progress() as bar:
        task = bar.add_task("articles", total=sources.total_bytes or None, articles=0, rate=0.0)
        started = time.monotonic()

        def advance(sources: Sources, read: int) -> None:
            rate = read / (time.monotonic() - started)
            bar.update(task, completed=sources.read_bytes, articles=read, rate=rate)

        return run(sources, out, job, jobs=jobs, stopped=stop, progress=advance)


class _StopOnce:
    """Whether Ctrl-C or SIGTERM came; a second one ends the process at once."""

    def __init__(self) -> None:
        self._stopped = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def __call__(self) -> bool:
        return self._stopped

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._stopped = True
        signal.signal(number, signal.SIG_DFL)


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.fields[articles]:,} articles"),
        BarColumn(),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _report(summary: Summary, seconds: float, *, as_json: bool) -> None:
    if as_json:
        timed = summary.as_dict() | {"seconds": round(seconds, 3)}
        click.echo(orjson.dumps(timed, option=orjson.OPT_INDENT_2))
        return
    console = Console()
    console.print(_table(summary))
    console.print(_closing(summary, seconds), highlight=False)


def _table(summary: Summary) -> Table:
    table = Table("stream", "records", title="newswire run")
    table.columns[1].justify = "right"
    table.add_row("news.raw (read)", f"{summary.read:,}", end_section=True)
    for topic, number in sorted(summary.streams.items()):
        table.add_row(topic, f"{number:,}")
    for (stage, reason), number in sorted(summary.dead.items()):
        table.add_row(f"news.dlq ({stage}: {reason})", f"{number:,}")
    return table


def _closing(summary: Summary, seconds: float) -> str:
    counts = summary.as_dict()
    lines = [
        f"{counts['news.raw']:,} in = {counts['unique']:,} unique + {counts['duplicates']:,} "
        f"duplicates + {summary.dead_letters('dedup'):,} dead letters; "
        f"{counts['unique']:,} unique = {counts['routed']:,} routed + {counts['unrouted']:,} "
        f"unrouted + {summary.dead_letters('tag', 'route'):,} dead letters: "
        + ("adds up" if summary.adds_up else "DOES NOT ADD UP"),
        f"{seconds:.1f} s, {summary.read / max(seconds, 1e-9):,.0f} articles/s",
        *(f"broke off: {failure}" for failure in summary.failed_inputs),
        *(["stopped early: not all of the input was read"] if summary.interrupted else []),
    ]
    return "\n".join(lines)


def _exit_code(summary: Summary) -> int:
    if summary.interrupted:
        return INTERRUPTED
    return int(bool(summary.failed_inputs) or not summary.adds_up)
