"""`newswire gazetteer`: make a gazetteer of your own from a Wikidata dump or a CSV."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from streams.stages.entities import entries as files
from streams.stages.entities.entries import Entry
from streams.stages.entities.wikidata import entry_of, items

EPILOG = """\b
Examples:
  newswire gazetteer build latest-all.json.bz2 --out wikidata.tsv.gz --min-sitelinks 20
  NEWSWIRE_GAZETTEER=wikidata.tsv.gz newswire run articles/
  newswire gazetteer check mine.csv
"""


@click.group(epilog=EPILOG)
def command() -> None:
    """Make and check gazetteers; the setting NEWSWIRE_GAZETTEER adds one to the tagger."""


@command.command(epilog=EPILOG)
@click.argument("dump", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--min-sitelinks", default=10, show_default=True, help="Leave out lesser items.")
@click.option("--language", default="en", show_default=True, help="Of the labels and aliases.")
def build(dump: Path, out: Path, min_sitelinks: int, language: str) -> None:
    """Read a Wikidata JSON DUMP (.json, .gz, .bz2) once and write a gazetteer.

    Memory does not grow with the dump. A dump of everything takes hours.
    """
    counts: Counter[str] = Counter()
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading", total=dump.stat().st_size)

        def entries() -> Iterator[Entry]:
            for item in items(dump, lambda done: bar.update(task, completed=done)):
                entry = entry_of(item, language, min_sitelinks)
                if entry is not None:
                    counts[entry.type] += 1
                    yield entry

        try:
            total = files.write(entries(), out)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    shown = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
    click.echo(f"{total} entries in {out}: {shown}")


@command.command(epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Whether FILE is a gazetteer that the tagger takes."""
    reader = files.read_csv if file.suffix == ".csv" else files.read
    try:
        counts = Counter(entry.type for entry in reader(file))
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    shown = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
    click.echo(f"{sum(counts.values())} entries: {shown}")
