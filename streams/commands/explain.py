"""`newswire explain ID_A ID_B`: why two articles are or are not duplicates."""

from collections.abc import Iterator
from pathlib import Path

import click
import orjson
from rich.console import Console

from streams.commands.side_by_side import LEGEND, side_by_side
from streams.local.sources import InputError, find
from streams.records import Article, decode
from streams.stages.clean import clean, parse
from streams.stages.contract import DeadLetter, dead_letter
from streams.stages.dedup.explain import Explanation, as_json, explain
from streams.topology import UNIQUE

NOT_DUPLICATE = 1
MAX_BYTES = 100_000_000
EPILOG = """\b
Examples:
  newswire explain 3f0c 91ab --from out
  newswire explain 3f0c 91ab --from out --input tests/samples
\b
Exit codes: 0 duplicates, 1 not duplicates, 2 usage (an article was not found)."""


@click.command(epilog=EPILOG)
@click.argument("id_a")
@click.argument("id_b")
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Output folder of `newswire run`.",
)
@click.option("--input", "inputs", multiple=True, help="The run's input: duplicates' texts.")
@click.option("--json", "json_wanted", is_flag=True, help="One JSON object.")
def command(id_a: str, id_b: str, folder: Path, inputs: tuple[str, ...], json_wanted: bool) -> None:
    """Say why two articles are or are not duplicates, their shared text marked.

    ID_A and ID_B are article ids or their first digits. Unique articles are read from --from;
    the text of an article that was dropped as a duplicate is only in the run's input, so name
    that with --input.
    """
    first, second = _articles((id_a, id_b), folder, inputs)
    found = explain(first, second)
    if json_wanted:
        ids = {"articles": [first.article_id, second.article_id]}
        click.echo(orjson.dumps(ids | as_json(found)))
    else:
        _show(first, second, found)
    raise SystemExit(0 if found.relation in {"same", "abridged"} else NOT_DUPLICATE)


def _articles(ids: tuple[str, str], folder: Path, inputs: tuple[str, ...]) -> list[Article]:
    found: dict[str, Article] = {}
    for article in _all(folder, inputs):
        for wanted in ids:
            if article.article_id.startswith(wanted):
                found.setdefault(wanted, article)
        if len(found) == len(set(ids)):
            break
    for wanted in ids:
        if wanted not in found:
            hint = "" if inputs else "; if it was dropped as a duplicate, name the --input"
            raise click.UsageError(f"no article {wanted} in {folder}{hint}")
    return [found[wanted] for wanted in ids]


def _all(folder: Path, inputs: tuple[str, ...]) -> Iterator[Article]:
    path = folder / f"{UNIQUE}.jsonl"
    if path.exists():
        with path.open("rb") as lines:
            for line in lines:
                yield decode(line, Article)
    try:
        sources = find(inputs) if inputs else ()
    except (InputError, OSError) as error:
        raise click.UsageError(str(error)) from None
    for sourced in sources:
        try:
            [article] = clean([parse(sourced.record, MAX_BYTES)])
        except Exception as error:  # noqa: BLE001 - a bad record of the input is not what was asked
            article = dead_letter(error)
        if not isinstance(article, DeadLetter):
            yield article


def _show(first: Article, second: Article, found: Explanation) -> None:
    console = Console()
    verdict = found.relation or "nothing in common to note"
    console.print(f"[bold]{verdict}[/bold], similarity {found.similarity:.3f}")
    for reason in found.reasons:
        console.print(f"  - {reason}", markup=False)
    names = (_name(first), _name(second))
    console.print(side_by_side(first, second, found, names))
    console.print(LEGEND)


def _name(article: Article) -> str:
    return f"{article.article_id[:12]} {article.source or ''}"
