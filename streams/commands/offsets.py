"""`newswire offsets`: move the offsets of a group, with kafka-consumer-groups' habits."""

import sys
from typing import Any

import click
from kafka import KafkaAdminClient, TopicPartition

from ops import clients
from ops import offsets as ops_offsets
from ops.offsets import GroupActiveError, Move, Target
from ops.times import TIME
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


@click.group(
    epilog="""\b
Examples:
  newswire offsets reset --topic news.tagged --to-earliest               a dry run
  newswire offsets reset --topic news.raw --to-datetime 2h --execute
  newswire offsets reset --topic news.raw:0,2 --shift-by -500 --execute
"""
)
def command() -> None:
    """The offsets of a consumer group."""


@command.command(
    epilog="""\b
Examples:
  newswire offsets reset --topic news.tagged --to-earliest               a dry run
  newswire offsets reset --topic news.raw:0,2 --shift-by -500 --execute
\b
Exit codes: 0 done (or dry), 1 the group is active or a partition was refused, 2 usage."""
)
@click.option("--group", type=NAME, help="Default: NEWSWIRE_GROUP.")
@click.option("--topic", "topics", multiple=True, required=True, metavar="TOPIC[:P,P]")
@click.option("--to-earliest", "earliest", is_flag=True)
@click.option("--to-latest", "latest", is_flag=True)
@click.option("--to-datetime", "at", type=TIME, help="The first record at or after it.")
@click.option("--to-offset", "offset", type=click.IntRange(0))
@click.option("--shift-by", "shift", type=int, help="Back if negative.")
@click.option("--execute", is_flag=True, help="Do it; without it this is a dry run.")
@BOOTSTRAP
@JSON
@broker_errors
def reset(**options: Any) -> None:
    """Move the offsets of a group that has no running members."""
    target = _target(options)
    settings = settings_with(options["bootstrap"])
    group = options["group"] or settings.group_id
    with clients.admin(settings) as admin:
        parts = [part for topic in options["topics"] for part in _partitions(admin, topic)]
        try:
            ops_offsets.check_at_rest(admin, group)
        except GroupActiveError as error:
            fail(str(error), NO)
        moves = ops_offsets.plan(admin, group, parts, target)
        refused = ops_offsets.execute(admin, group, moves) if options["execute"] else {}
    _show(group, moves, refused, options)
    sys.exit(NO if refused else 0)


def _target(options: dict[str, Any]) -> Target:
    target = Target(**{name: options[name] for name in Target.__dataclass_fields__})
    given = [target.earliest, target.latest]
    given += [value is not None for value in (target.at, target.offset, target.shift)]
    if sum(given) != 1:
        raise click.UsageError(
            "give exactly one of --to-earliest --to-latest --to-datetime --to-offset --shift-by"
        )
    return target


def _partitions(admin: KafkaAdminClient, text: str) -> list[TopicPartition]:
    topic, _, numbers = text.partition(":")
    there = clients.partitions_of(admin, topic)
    if not there:
        fail(f"there is no topic {topic}", USAGE)
    if not numbers:
        return there
    wanted = {number.strip() for number in numbers.split(",")}
    chosen = [part for part in there if str(part.partition) in wanted]
    if len(chosen) != len(wanted):
        fail(f"{topic} has the partitions 0 to {len(there) - 1}, not {numbers}", USAGE)
    return chosen


def _show(
    group: str, moves: list[Move], refused: dict[TopicPartition, str], options: dict[str, Any]
) -> None:
    dry = not options["execute"]
    errors = [[*part, error] for part, error in refused.items()]
    if options["as_json"]:
        rows = [move.as_json() for move in moves]
        print_json({"group": group, "dry_run": dry, "moves": rows, "refused": errors})
        return
    rows_shown = ((m.topic, m.partition, m.before, m.after) for m in moves)
    title = f"{group}: {'dry run, nothing moved (--execute)' if dry else 'moved'}"
    print_table(title, ("topic", "partition", "before", "after"), rows_shown)
    for error in errors:
        click.echo(f"refused: {error}", err=True)
