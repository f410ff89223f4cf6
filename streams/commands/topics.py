"""`newswire topics`: create, list and check the topics of the catalogue."""

import sys

import click
from kafka import KafkaAdminClient

from ops import clients, outputs
from ops import topics as ops_topics
from streams.commands.kafka_options import (
    BOOTSTRAP,
    JSON,
    NO,
    broker_errors,
    print_json,
    print_table,
    settings_with,
)
from streams.settings import Settings
from streams.topics import TopicSpec, catalogue
from streams.topology import output_topic

STREAM = click.option(
    "--stream", "streams", multiple=True, metavar="SLUG", help="An output stream more."
)


@click.group(
    epilog="""\b
Examples:
  newswire topics create                 what is missing
  newswire topics create --repair        and set what has drifted
  newswire topics list --json
  newswire topics check                  exit code 1 if anything differs
"""
)
def command() -> None:
    """Create, list and check the topics.

    Partitions, copies and retention come from the settings (newswire settings).
    """


def _specs(
    settings: Settings, admin: KafkaAdminClient, streams: tuple[str, ...]
) -> list[TopicSpec]:
    added = outputs.added_topics(admin, lambda: clients.consumer(settings), settings.topic_prefix)
    return catalogue(settings, [*outputs.builtin_topics(), *added, *map(output_topic, streams)])


@command.command(epilog="Example: newswire topics create --stream conflict-ukraine")
@STREAM
@click.option("--repair", is_flag=True, help="Also set configuration, grow partitions.")
@BOOTSTRAP
@JSON
@broker_errors
def create(streams: tuple[str, ...], repair: bool, bootstrap: str | None, as_json: bool) -> None:
    """Create the topics that are missing."""
    settings = settings_with(bootstrap)
    with clients.admin(settings) as admin:
        specs = _specs(settings, admin, streams)
        copies = ops_topics.copies(admin, settings.topic_replication)
        made = ops_topics.create(admin, specs, copies)
        repaired, left = ops_topics.repair(admin, specs, copies) if repair else ([], [])
    if as_json:
        print_json(
            {
                "created": made,
                "repaired": [drift.as_json() for drift in repaired],
                "left": [drift.as_json() for drift in left],
            }
        )
    else:
        click.echo("created: " + (", ".join(made) or "nothing, all were there"))
        for drift in repaired:
            click.echo(f"repaired: {drift.topic} {drift.what} {drift.found} -> {drift.wanted}")
        for drift in left:
            click.echo(f"left: {drift.topic} {drift.what} {drift.found}, not {drift.wanted}")
    sys.exit(NO if left else 0)


@command.command("list", epilog="Example: newswire topics list --json")
@STREAM
@BOOTSTRAP
@JSON
@broker_errors
def list_(streams: tuple[str, ...], bootstrap: str | None, as_json: bool) -> None:
    """List the catalogue's topics, and how many records each holds."""
    settings = settings_with(bootstrap)
    with clients.admin(settings) as admin:
        specs = _specs(settings, admin, streams)
        rows = [ops_topics.row(admin, spec) for spec in specs]
    if as_json:
        print_json(rows)
        return
    columns = ("topic", "partitions", "records", "meaning")
    print_table("Topics", columns, ([row[name] for name in columns] for row in rows))


@command.command(epilog="Exit code 1: something differs. Example: newswire topics check --json")
@STREAM
@BOOTSTRAP
@JSON
@broker_errors
def check(streams: tuple[str, ...], bootstrap: str | None, as_json: bool) -> None:
    """Compare the topics with the catalogue."""
    settings = settings_with(bootstrap)
    with clients.admin(settings) as admin:
        copies = ops_topics.copies(admin, settings.topic_replication)
        drift = ops_topics.check(admin, _specs(settings, admin, streams), copies)
    if as_json:
        print_json([each.as_json() for each in drift])
    elif drift:
        columns = ("topic", "what", "wanted", "found")
        print_table("Drift", columns, ((d.topic, d.what, d.wanted, d.found) for d in drift))
    else:
        click.echo("all topics are as the catalogue wants them")
    sys.exit(NO if drift else 0)
