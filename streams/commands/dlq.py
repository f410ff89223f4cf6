"""`newswire dlq`: look at dead letters, send them again, drop them."""

import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click
from kafka import KafkaAdminClient

from ops import clients, journal
from ops.dlq import Letter, Wanted, as_line, fixer, letters, stats
from ops.redrive import Plan, plan, redrive
from ops.selection import Selection
from ops.tail import preview
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
from streams.reasons import MEANING, Reason
from streams.settings import Settings
from streams.topology import DLQ, OPS

F = TypeVar("F", bound=Callable[..., Any])
COLUMNS = ("letter", "time", "state", "reason", "stage", "origin", "attempt", "detail")
SAMPLES = 5
PLACE = re.compile("([0-9]{1,9}):([0-9]{1,18})")
REASONS = [str(reason) for reason in Reason]
_FILTERS = (
    click.option("--letter", "places", multiple=True, metavar="P:O", help="Partition:offset."),
    click.option("--reason", "reasons", multiple=True, type=click.Choice(REASONS)),
    click.option("--stage", "stages", multiple=True, help="The stage that failed."),
    click.option("--version", "versions", multiple=True, help="The code version that failed."),
    click.option("--topic", "topics", multiple=True, help="The topic that it was read from."),
    SINCE,
    UNTIL,
    click.option("--all", "every", is_flag=True, help="Those redriven or dropped too."),
    BOOTSTRAP,
    JSON,
)


def filters(function: F) -> F:
    """The options that choose dead letters."""
    for option in reversed(_FILTERS):
        function = option(function)
    return function


@click.group(
    epilog="""\b
Examples:
  newswire dlq stats
  newswire dlq list --reason invalid_utf8 --since 24h
  newswire dlq show 3:17
  newswire dlq redrive --reason invalid_utf8 --decode latin-1          a dry run
  newswire dlq redrive --reason missing_text --fix '.text = .content' --yes
  newswire dlq drop --reason empty_text --why 'galleries' --yes
"""
)
def command() -> None:
    """Dead letters: the bytes that no stage could take, with the reason.

    What was redriven or dropped is noted on news.ops and no longer listed; the letters
    themselves stay until the topic's retention takes them.
    """


@command.command("list", epilog="Example: newswire dlq list --stage tag --since 2h")
@filters
@click.option("-n", "count", type=click.IntRange(1), default=50, show_default=True)
@broker_errors
def list_(count: int, **options: Any) -> None:
    """List open dead letters, the last ones by time."""
    found = _chosen(options)[-count:]
    if options["as_json"]:
        print_json([letter.as_json() for letter in found])
        return
    rows = (letter.as_json() for letter in found)
    print_table("Dead letters", COLUMNS, ([row[name] for name in COLUMNS] for row in rows))


@command.command(epilog="Example: newswire dlq show 3:17 --raw > body.bin")
@click.argument("letter", metavar="P:O")
@click.option("--raw", is_flag=True, help="Only the bytes of the value.")
@BOOTSTRAP
@JSON
@broker_errors
def show(letter: str, raw: bool, bootstrap: str | None, as_json: bool) -> None:
    """Show one dead letter whole: headers, reason, value."""
    place = _place(letter)
    selection = Selection(first=place[1], end=place[1] + 1, partitions=(place[0],))
    settings = settings_with(bootstrap)
    with clients.admin(settings) as admin:
        found = _letters(admin, settings, selection, Wanted(states=()))
    if not found:
        fail(f"there is no dead letter {letter}")
    if raw:
        sys.stdout.buffer.write(found[0].item.value or b"")
    elif as_json:
        print_json(found[0].as_json(body=True))
    else:
        _show(found[0])


@command.command(epilog="Example: newswire dlq export --reason too_large > letters.jsonl")
@filters
@broker_errors
def export(**options: Any) -> None:
    """Print dead letters as JSON lines with their bytes (schemas/dead-letter.v1).

    newswire replay takes such a file as its SOURCE.
    """
    for letter in _chosen(options):
        click.echo(as_line(letter))


@command.command("stats", epilog="Example: newswire dlq stats --max 100   (exit code 1 if more)")
@filters
@click.option("--max", "most", type=click.IntRange(0), help="Exit code 1 if more are open.")
@broker_errors
def stats_(most: int | None, **options: Any) -> None:
    """Count dead letters by state, reason, stage, version and hour."""
    options["every"] = True
    found = stats(_chosen(options))
    if options["as_json"]:
        print_json(found)
    else:
        for name in ("state", "reason", "stage", "version", "hour"):
            print_table(f"by {name}", (name, "letters"), found[name].items())
        when = f", from {found['oldest']} to {found['newest']}" if found["open"] else ""
        click.echo(f"{found['open']} open{when}")
    sys.exit(NO if most is not None and found["open"] > most else 0)


@command.command(
    "redrive",
    epilog="""\b
Examples:
  newswire dlq redrive --reason stage_failed                           a dry run
  newswire dlq redrive --reason missing_text --fix '.text = .content' --yes
  newswire dlq redrive --letter 3:17 --to news.raw --yes
\b
Exit codes: 0 all went (or dry run), 1 some could not be fixed: those stay open.""",
)
@filters
@click.option("--to", "target", type=NAME, help="Another topic than that on which each failed.")
@click.option("--fix", metavar="JQ", help="A jq expression on the value: '.text = .content'.")
@click.option("--decode", metavar="ENCODING", help="Read the bytes in this encoding first.")
@click.option("--why", default="", help="For the journal.")
@click.option("--yes", is_flag=True, help="Send; without it this is a dry run.")
@broker_errors
def redrive_(**options: Any) -> None:
    """Send dead letters back to where they failed; their attempts count on."""
    settings = settings_with(options["bootstrap"])
    try:
        fix = fixer(options["fix"], options["decode"])
    except ValueError as error:
        fail(str(error), USAGE)
    found = _chosen(options)
    with clients.admin(settings) as admin:
        made = plan(found, fix, options["target"], set(admin.list_topics()))
    redrive_id = _redrive(settings, made, options["why"]) if options["yes"] else None
    _show_plan(made, redrive_id, as_json=options["as_json"])
    sys.exit(NO if made.failed else 0)


@command.command(
    "drop", epilog="Example: newswire dlq drop --reason empty_text --why galleries --yes"
)
@filters
@click.option("--why", default="", help="For the journal.")
@click.option("--yes", is_flag=True, help="Drop; without it this is a dry run.")
@broker_errors
def drop(**options: Any) -> None:
    """Mark dead letters as dropped; each drop is noted on news.ops.

    Nothing is deleted: --all still lists them, and retention takes them in its time.
    """
    settings = settings_with(options["bootstrap"])
    found = _chosen(options)
    if options["yes"]:
        producer = clients.producer(settings)
        places = [(letter.item.partition, letter.item.offset) for letter in found]
        journal.note(producer, settings.topic(OPS), "drop", places, options["why"])
        producer.close()
    if options["as_json"]:
        print_json({"dry_run": not options["yes"], "dropped": len(found)})
    else:
        said = "dropped" if options["yes"] else "would drop (--yes)"
        click.echo(f"{said} {len(found)} dead letters")


def _chosen(options: dict[str, Any]) -> list[Letter]:
    check_period(options["since"], options["until"])
    settings = settings_with(options["bootstrap"])
    names = ("reasons", "stages", "versions", "topics")
    wanted = Wanted(
        **{name: tuple(options[name]) for name in names},
        places=tuple(_place(text) for text in options["places"]),
        states=() if options["every"] else ("open",),
    )
    selection = Selection(since=options["since"], until=options["until"])
    with clients.admin(settings) as admin:
        found = _letters(admin, settings, selection, wanted)
    there = {(letter.item.partition, letter.item.offset) for letter in found}
    for partition, offset in wanted.places:
        if (partition, offset) not in there:
            fail(f"there is no such open dead letter: {partition}:{offset}")
    return found


def _letters(
    admin: KafkaAdminClient, settings: Settings, selection: Selection, wanted: Wanted
) -> list[Letter]:
    prefix = settings.topic_prefix
    reader = partial(clients.consumer, settings)
    try:
        found = letters(admin, reader, prefix + DLQ, prefix + OPS, selection)
        return [letter for letter in found if wanted(letter)]
    except LookupError as error:
        fail(str(error), USAGE)


def _place(text: str) -> journal.Place:
    found = PLACE.fullmatch(text)
    if found is None:
        raise click.UsageError(f"{text!r} is not PARTITION:OFFSET")
    return int(found[1]), int(found[2])


def _redrive(settings: Settings, made: Plan, why: str) -> str:
    producer = clients.producer(settings)
    with progress_bar() as bar:
        task = bar.add_task("redrive", total=len(made.sends))
        try:
            return redrive(producer, made, settings.topic(OPS), why, lambda n: bar.advance(task, n))
        finally:
            producer.close()


def _show(letter: Letter) -> None:
    shown = letter.as_json(body=True)
    value, headers = shown.pop("value"), shown.pop("headers")
    if letter.reason in MEANING:
        shown["meaning"] = MEANING[Reason(letter.reason)]
    print_table(f"Dead letter {shown['letter']}", ("what", "is"), shown.items())
    print_table("Headers", ("name", "value"), headers)
    click.echo(preview(letter.item.value, 4_000) if value is not None else "(no text)")


def _show_plan(made: Plan, redrive_id: str | None, *, as_json: bool) -> None:
    failed = [(f"{x.item.partition}:{x.item.offset}", why) for x, why in made.failed]
    samples = [
        {"letter": f"{x.item.partition}:{x.item.offset}", "to": to, "value": preview(value)}
        for x, to, value in made.sends[:SAMPLES]
    ]
    if as_json:
        found = {"dry_run": redrive_id is None, "redrive_id": redrive_id}
        found |= {"letters": len(made.sends), "failed": failed, "samples": samples}  # type: ignore[dict-item]
        print_json(found)
        return
    said = "would send (--yes)" if redrive_id is None else "sent"
    click.echo(f"{said} {len(made.sends)} dead letters")
    for sample in samples:
        click.echo(f"  {sample['letter']} -> {sample['to']}: {sample['value']}")
    for place, why in failed:
        click.echo(f"  not fixed: {place}: {why}", err=True)
