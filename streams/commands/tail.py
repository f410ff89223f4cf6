"""`newswire tail`: records of a topic for people, or as JSON lines."""

from collections.abc import Iterable
from typing import Any

import click
import orjson
from rich.console import Console
from rich.text import Text

from ops import clients
from ops import tail as ops_tail
from streams.commands.kafka_options import BOOTSTRAP, JSON, broker_errors, fail, settings_with

SNIPPET = 300
CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127], "�")


@click.command(
    epilog="""\b
Examples:
  newswire tail news.tagged                      the last 10
  newswire tail news.topic.conflict -f           and those that come, until Ctrl-C
  newswire tail news.dlq --from-beginning --json | jq .headers
"""
)
@click.argument("topic")
@click.option("-n", "count", type=click.IntRange(0), default=10, show_default=True)
@click.option("--from-beginning", is_flag=True, help="All records instead of the last ones.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@BOOTSTRAP
@JSON
@broker_errors
def command(
    topic: str,
    count: int,
    from_beginning: bool,
    follow: bool,
    bootstrap: str | None,
    as_json: bool,
) -> None:
    """Print records of TOPIC: the last ones, by time across partitions."""
    settings = settings_with(bootstrap)
    with clients.admin(settings) as admin:
        try:
            ranges = ops_tail.last_ranges(admin, topic, None if from_beginning else count)
        except LookupError as error:
            fail(str(error))
    consumer = clients.consumer(settings)
    try:
        shown = None if from_beginning else count
        _print(ops_tail.last_records(consumer, ranges, shown), as_json)
        if follow:
            _print(ops_tail.follow(consumer, ranges), as_json)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()


def _print(records: Iterable[Any], as_json: bool) -> None:
    console = Console(soft_wrap=True)
    for record in records:
        if as_json:
            click.echo(orjson.dumps(ops_tail.as_json(record)))
        else:
            console.print(for_people(ops_tail.as_json(record)))


def for_people(record: dict[str, Any]) -> Text:
    """A few lines about the record; control characters of untrusted text are replaced."""
    place = f"{record['topic']}-{record['partition']}@{record['offset']}"
    text = Text(f"{place}  {record['timestamp']}", style="dim")
    for name, value in _lines(record):
        text.append(f"\n  {name:9} ", style="cyan")
        text.append(" ".join(value.split()).translate(ops_tail.CONTROL), style="default")
    return text


def _lines(record: dict[str, Any]) -> list[tuple[str, str]]:
    value = record.get("value")
    headers = [(name, content) for name, content in record["headers"]]
    if isinstance(value, dict) and "text" in value and "article_id" in value:
        return _article(value) + headers
    if isinstance(value, dict) and "of" in value:
        relation = f"{value.get('relation')} {value.get('similarity')} of {value['of']}"
        return [("id", str(value.get("article_id"))), ("repeats", relation), *headers]
    shown = value if isinstance(value, str) else orjson.dumps(value).decode()
    return [*headers, ("value", shown[:SNIPPET])]


def _article(value: dict[str, Any]) -> list[tuple[str, str]]:
    entities = [f"{e['name']} ({e['type']})" for e in value.get("entities", [])]
    subjects = [f"{s['label']} {s['confidence']:.2f}" for s in value.get("subjects", [])]
    found = [
        ("id", value["article_id"]),
        ("title", value.get("title") or ""),
        ("source", " ".join(filter(None, (value.get("source"), value.get("url"))))),
        ("published", value.get("published_at") or ""),
        ("subjects", ", ".join(subjects)),
        ("entities", ", ".join(entities)),
        ("routes", ", ".join(r["route"] for r in value.get("routes", []))),
        ("text", value["text"][:SNIPPET]),
    ]
    return [(name, content) for name, content in found if content]
