"""`newswire diff`: compare two streams record by record."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from kafka import KafkaAdminClient

from ops import clients
from ops.diff import Comparison, compare
from ops.items import Item, from_file, from_record
from ops.reading import read
from ops.selection import Selection, ranges_of
from streams.commands.kafka_options import (
    BOOTSTRAP,
    JSON,
    NO,
    USAGE,
    broker_errors,
    fail,
    print_json,
    print_table,
    settings_with,
)
from streams.commands.selection_options import SINCE, UNTIL, check_period
from streams.settings import Settings

EXAMPLES = 10
SIDES = ("left", "right")


@click.command(
    epilog="""\b
Examples:
  newswire diff news.tagged shadow.news.tagged
  newswire diff before/news.tagged.jsonl after/news.tagged.jsonl --json
  newswire diff news.tagged shadow.news.tagged --ignore removed --show 50
\b
Exit codes: 0 equal, 1 something differs, 2 usage."""
)
@click.argument("left")
@click.argument("right")
@SINCE
@UNTIL
@click.option("--ignore", "ignored", multiple=True, metavar="FIELD", help="Leave a field out.")
@click.option("--show", type=click.IntRange(0), default=EXAMPLES, show_default=True)
@BOOTSTRAP
@JSON
@broker_errors
def command(**options: Any) -> None:
    """Compare LEFT with RIGHT (topics, or .jsonl files), article by article.

    Articles are joined by their id; of an article that is there twice the last record counts.
    Both streams are held in memory.
    """
    check_period(options["since"], options["until"])
    settings = settings_with(options["bootstrap"])
    if (options["since"] or options["until"]) and any(Path(options[s]).is_file() for s in SIDES):
        raise click.UsageError("--since and --until choose records of topics, not lines of a file")
    period = Selection(since=options["since"], until=options["until"])
    sides = [_items(settings, options[side], period) for side in SIDES]
    result = compare(sides[0], sides[1], frozenset(options["ignored"]))
    if options["as_json"]:
        print_json(_as_json(result, options))
    else:
        _show(result, options)
    sys.exit(0 if result.equal else NO)


def _items(settings: Settings, name: str, period: Selection) -> Iterator[Item]:
    if Path(name).is_file():
        yield from from_file(Path(name))
        return
    with clients.admin(settings) as admin:
        ranges = _ranges(admin, name, period)
    consumer = clients.consumer(settings)
    try:
        yield from (from_record(record) for record in read(consumer, ranges))
    finally:
        consumer.close()


def _ranges(admin: KafkaAdminClient, name: str, period: Selection) -> Any:
    try:
        return ranges_of(admin, name, period)
    except LookupError as error:
        fail(f"{error}, and no such file", USAGE)


def _as_json(result: Comparison, options: dict[str, Any]) -> dict[str, Any]:
    return {
        "left": options["left"],
        "right": options["right"],
        "equal": result.equal,
        "same": result.same,
        "changed": len(result.changed),
        "only_left": result.only_left,
        "only_right": result.only_right,
        "unreadable": result.unreadable,
        "fields": result.fields(),
        "changes": result.changed,
    }


def _show(result: Comparison, options: dict[str, Any]) -> None:
    rows = [
        ("the same", result.same),
        ("changed", len(result.changed)),
        (f"only in {options['left']}", len(result.only_left)),
        (f"only in {options['right']}", len(result.only_right)),
        ("without an article id", result.unreadable),
        *((f"  changed: {name}", count) for name, count in result.fields().items()),
    ]
    print_table(f"{options['left']} | {options['right']}", ("articles", "count"), rows)
    for name, changes in list(result.changed.items())[: options["show"]]:
        for field, change in changes.items():
            said = ", ".join(f"{how} {_short(what)}" for how, what in change.items() if what != [])
            click.echo(f"{name} {field}: {said}")


def _short(value: Any, most: int = 80) -> str:
    text = str(value)
    return text if len(text) <= most else text[: most - 1] + "…"
