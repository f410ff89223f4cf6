"""`newswire export`: our records and topics in the formats of others."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from ops import clients
from ops.asyncapi import document
from ops.items import Item, from_file, from_record
from ops.reading import read
from ops.selection import Selection, ranges_of
from streams.commands.kafka_options import (
    BOOTSTRAP,
    NO,
    USAGE,
    broker_errors,
    fail,
    settings_with,
)
from streams.commands.selection_options import SINCE, UNTIL
from streams.ninjs import to_ninjs
from streams.records import Article, decode
from streams.settings import Settings


@click.group(
    epilog="""\b
Examples:
  newswire export ninjs out/news.tagged.jsonl > ninjs.jsonl
  newswire export ninjs news.topic.conflict --since 24h
  newswire export asyncapi > schemas/asyncapi.json
"""
)
def command() -> None:
    """Project articles and topics into other formats."""


@command.command(
    epilog="""\b
Examples:
  newswire export ninjs out/news.tagged.jsonl > ninjs.jsonl
  newswire export ninjs news.topic.conflict --since 24h
\b
Exit codes: 0 done, 1 some records are no articles (named on stderr), 2 usage, 3 broker."""
)
@click.argument("source")
@SINCE
@UNTIL
@BOOTSTRAP
@broker_errors
def ninjs(source: str, since: int | None, until: int | None, bootstrap: str | None) -> None:
    """Print the articles of SOURCE (a .jsonl file, or a topic) as ninjs 3.1, one a line."""
    settings = settings_with(bootstrap)
    failed = 0
    for item in _items(settings, source, Selection(since=since, until=until)):
        try:
            article = decode(item.value or b"", Article)
        except ValueError as error:
            failed += 1
            click.echo(f"{item.origin}: {error}", err=True)
            continue
        click.echo(orjson.dumps(to_ninjs(article)))
    sys.exit(NO if failed else 0)


@command.command(epilog="Example: newswire export asyncapi > schemas/asyncapi.json")
def asyncapi() -> None:
    """Print the AsyncAPI 3 document of the topics."""
    click.echo(json.dumps(document(), indent=2, ensure_ascii=False))


def _items(settings: Settings, source: str, period: Selection) -> Iterator[Item]:
    if Path(source).is_file():
        yield from from_file(Path(source))
        return
    with clients.admin(settings) as admin:
        try:
            ranges = ranges_of(admin, source, period)
        except LookupError as error:
            fail(f"{error}, and no such file", USAGE)
    consumer = clients.consumer(settings)
    try:
        yield from (from_record(record) for record in read(consumer, ranges))
    finally:
        consumer.close()
