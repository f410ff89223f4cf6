"""`newswire lag`: how far a group is behind, in records and in seconds."""

import sys
import time
from collections.abc import Callable
from typing import Any

import click
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.errors import KafkaError
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ops import clients
from ops.lag import Lag, lag, topics_of
from streams.commands.kafka_options import (
    BOOTSTRAP,
    JSON,
    NO,
    USAGE,
    broker_errors,
    fail,
    print_json,
    settings_with,
)
from streams.commands.parameters import NAME, FiniteRange

COLUMNS = ("topic", "partition", "committed", "end", "records", "seconds")


@click.command(
    epilog="""\b
Examples:
  newswire lag
  newswire lag --group analytics --topic news.topic.conflict --json
  newswire lag --max-seconds 60 --max-records 10000    exit code 1 if it is more
  newswire lag --watch 2                               until Ctrl-C
\b
Exit codes: 0 within the limits, 1 not or the group has read nothing, 2 usage, 3 broker."""
)
@click.option("--group", type=NAME, help="Default: NEWSWIRE_GROUP.")
@click.option("--topic", "topics", multiple=True, help="Default: all that the group has read.")
@click.option("--max-records", type=click.IntRange(0), help="Exit code 1 if a partition has more.")
@click.option("--max-seconds", type=FiniteRange(0), help="Exit code 1 if one is older.")
@click.option("--watch", type=FiniteRange(0.2), help="Show it again every so many seconds.")
@BOOTSTRAP
@JSON
@broker_errors
def command(**options: Any) -> None:
    """Show the lag of a consumer group for each partition.

    Seconds are the age of the next record to be read, by the broker's clock against ours.
    """
    settings = settings_with(options["bootstrap"])
    group = options["group"] or settings.group_id
    with clients.admin(settings) as admin:
        topics = list(options["topics"]) or topics_of(admin, group)
        if not topics:
            fail(f"group {group} has committed no offsets: name topics with --topic")
        for topic in topics:
            if not clients.partitions_of(admin, topic):
                fail(f"there is no topic {topic}", USAGE)
        consumer = clients.consumer(settings, max_poll_records=1)
        try:
            if options["watch"]:
                _watch(admin, consumer, group, topics, options)
            found = lag(admin, consumer, group, topics)
        finally:
            consumer.close()
    _show(group, found, options)
    sys.exit(NO if _exceeds(found, options) else 0)


def _watch(
    admin: KafkaAdminClient,
    consumer: KafkaConsumer,
    group: str,
    topics: list[str],
    options: dict[str, Any],
) -> None:
    try:
        with Live(console=Console(stderr=options["as_json"])) as live:
            while True:
                _look(live, lambda: lag(admin, consumer, group, topics), group, options)
                time.sleep(options["watch"])
    except KeyboardInterrupt:
        sys.exit(0)


def _look(live: Live, ask: Callable[[], list[Lag]], group: str, options: dict[str, Any]) -> None:
    """Show the lag; a broker that does not answer now is what a watch is there to see through."""
    try:
        found = ask()
    except KafkaError as error:
        live.update(Text(f"{group}: no answer, trying again: {error}"))
        return
    live.update(_table(group, found))
    if options["as_json"]:
        print_json(_as_json(group, found))


def _show(group: str, found: list[Lag], options: dict[str, Any]) -> None:
    if options["as_json"]:
        print_json(_as_json(group, found))
    else:
        Console().print(_table(group, found))


def _as_json(group: str, found: list[Lag]) -> dict[str, Any]:
    return {
        "group": group,
        "records": sum(each.records for each in found),
        "seconds": _oldest(found),
        "partitions": [each.as_json() for each in found],
    }


def _table(group: str, found: list[Lag]) -> Table:
    total = sum(each.records for each in found)
    table = Table(title=f"{group}: {total} records, {_oldest(found) or 0:.1f} s behind")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "topic" else "right")
    for each in found:
        seconds = "?" if each.seconds is None else f"{each.seconds:.1f}"
        committed = "none" if each.committed is None else str(each.committed)
        table.add_row(
            each.topic, str(each.partition), committed, str(each.end), str(each.records), seconds
        )
    return table


def _oldest(found: list[Lag]) -> float | None:
    known = [each.seconds for each in found if each.seconds is not None]
    return max(known, default=None)


def _exceeds(found: list[Lag], options: dict[str, Any]) -> bool:
    records, seconds = options["max_records"], options["max_seconds"]
    return any(
        (records is not None and each.records > records)
        or (seconds is not None and (each.seconds is None or each.seconds > seconds))
        for each in found
    )
