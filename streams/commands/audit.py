"""`newswire audit`: prove from the topics that nothing was lost."""

import sys
from typing import Any

import click

from ops import clients
from ops.audit import Account, Period, Report, Topics, audit
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
from streams.commands.parameters import NAME
from streams.commands.progress import progress_bar
from streams.commands.selection_options import SINCE, UNTIL, check_period
from streams.topology import RAW


@click.command(
    epilog="""\b
Examples:
  newswire audit
  newswire audit --since 24h --until 1h --json
\b
Exit codes: 0 clean, 1 something is missing (named), 2 usage, 3 broker."""
)
@SINCE
@UNTIL
@click.option("--group", type=NAME, help="The workers' group; default NEWSWIRE_GROUP.")
@click.option("--show", type=click.IntRange(0), default=20, show_default=True, help="Names shown.")
@BOOTSTRAP
@JSON
@broker_errors
def command(**options: Any) -> None:
    """Count from the topics: raw = unique + duplicates + dead letters; each unique in a stream.

    Names each raw record (topic:partition:offset) and each article (id) that is nowhere.
    Records that the workers have not committed yet are pending, not missing.
    """
    check_period(options["since"], options["until"])
    settings = settings_with(options["bootstrap"])
    group = options["group"] or settings.group_id
    with clients.admin(settings) as admin, progress_bar() as bar:
        if not clients.partitions_of(admin, settings.topic(RAW)):
            fail(f"there is no topic {settings.topic(RAW)}: nothing to prove", USAGE)
        tasks: dict[str, Any] = {}

        def told(topic: str, records: int) -> None:
            if topic not in tasks:
                tasks[topic] = bar.add_task(topic, total=None)
            bar.update(tasks[topic], completed=records)

        topics = Topics(
            admin, lambda: clients.consumer(settings), settings.topic_prefix, group, told
        )
        report = audit(topics, Period(options["since"], options["until"]))
    if options["as_json"]:
        print_json(report.as_json())
    else:
        _show(report, options["show"])
    sys.exit(0 if report.clean else NO)


def _show(report: Report, most: int) -> None:
    for title, account in (("raw records", report.raw), ("unique articles", report.unique)):
        rows = [*account.outcomes.items(), ("pending", account.pending)]
        rows += [("missing", len(account.missing)), ("= all", account.read)]
        print_table(title, ("ended as", "count"), rows)
        _name(account, most)
    said = "clean: nothing is missing" if report.clean else "NOT clean"
    click.echo(f"{said}; outputs there more than once: {sum(report.repeats.values())}")


def _name(account: Account, most: int) -> None:
    for name in account.missing[:most]:
        click.echo(f"missing: {name}")
    if len(account.missing) > most:
        click.echo(f"... and {len(account.missing) - most} more (--json has all)")
