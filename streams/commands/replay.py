"""`newswire replay`: send records of a topic or file again."""

import re
import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click
from kafka import KafkaAdminClient

from ops import checkpoint as checkpoints
from ops import clients, outputs, topics
from ops.checkpoint import Checkpoint, CheckpointError
from ops.items import Item, from_file
from ops.replay import LagWatch, Pace, items_of, lines_of, replay, saver
from ops.selection import Selection, matcher, ranges_of
from ops.tail import preview
from streams.commands.kafka_options import (
    BOOTSTRAP,
    JSON,
    USAGE,
    broker_errors,
    fail,
    print_json,
    settings_with,
)
from streams.commands.parameters import NAME, FiniteRange
from streams.commands.progress import progress_bar
from streams.commands.selection_options import selection_of, selection_options
from streams.settings import Settings
from streams.topics import catalogue

INTERRUPTED = 130
SAMPLES = 5
RANGES = ("since", "until", "first", "end", "partitions")
PREFIX = re.compile(r"[a-zA-Z0-9._-]+")
EPILOG = """\b
Examples:
  newswire replay news.raw news.raw --allow-same-topic --since 2h --dry-run
  newswire replay news.unique --to-shadow shadow. --rate 200 --max-lag 5000
  newswire replay old.jsonl news.raw --checkpoint old.checkpoint
  newswire replay news.tagged news.topic.floods --where '.text | test("flood"; "i")'
\b
Run twice it is harmless: keys and bytes stay the same, so every article gets its first answer.
After kill -9 the same command goes on from its --checkpoint.
Exit codes: 0 done, 2 usage, 3 broker, 130 Ctrl-C (go on with the checkpoint)."""


@click.command(epilog=EPILOG)
@click.argument("source", type=NAME)
@click.argument("target", type=NAME, required=False)
@click.option("--to-shadow", type=NAME, metavar="PREFIX",
              help="Into PREFIX + SOURCE; makes shadow topics.")  # fmt: skip
@selection_options
@click.option("--dry-run", is_flag=True, help="Count what would be sent, and show samples.")
@click.option("--rate", type=FiniteRange(0), default=0, help="Articles/s; 0: as it goes.")
@click.option("--max-lag", type=click.IntRange(0), help="Wait while the group is further behind.")
@click.option("--group", type=NAME, help="The group of --max-lag; default NEWSWIRE_GROUP.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="File to resume from.")
@click.option("--allow-same-topic", is_flag=True, help="Let SOURCE be TARGET: it grows.")
@BOOTSTRAP
@JSON
@broker_errors
def command(**options: Any) -> None:
    """Send records of SOURCE (a topic, or a .jsonl file) into TARGET again.

    Key, value and headers stay as they are; replay.id and replay.origin are added. Records go
    in the order of their time across partitions.
    """
    source, target = _ends(options)
    selection = selection_of(options)
    settings = settings_with(options["bootstrap"])
    at = Checkpoint(source=source, target=target, selection=selection.digest())
    with clients.admin(settings) as admin:
        at = _resumed(admin, at, selection, options["checkpoint"])
        if not options["dry_run"]:
            _prepare(admin, settings, at, options)
        _run(admin, settings, at, selection, options)


def _ends(options: dict[str, Any]) -> tuple[str, str]:
    source, target, shadow = options["source"], options["target"], options["to_shadow"]
    if (target is None) == (shadow is None):
        raise click.UsageError("give either TARGET or --to-shadow PREFIX")
    if shadow and not PREFIX.fullmatch(shadow):
        raise click.UsageError("a prefix has letters, digits, dot, dash and underscore only")
    if Path(source).is_file():
        _check_file(options)
    goes = target or shadow + source
    if goes == source and not options["allow_same_topic"]:
        raise click.UsageError(f"{source} into itself is a loop: --allow-same-topic if you mean it")
    return source, goes


def _check_file(options: dict[str, Any]) -> None:
    """Refuse what only records of a topic have, rather than send the whole file in spite of it."""
    if options["to_shadow"]:
        raise click.UsageError("a file has no topic to shadow: give TARGET")
    if any(options[name] for name in RANGES):
        raise click.UsageError(
            "times, offsets and partitions choose records of a topic, not lines of a file"
        )


def _prepare(
    admin: KafkaAdminClient, settings: Settings, at: Checkpoint, options: dict[str, Any]
) -> None:
    """Before the first record: the target is there, and the checkpoint can be written."""
    if options["to_shadow"]:
        _make_shadow(admin, settings, options["to_shadow"])
    if not clients.partitions_of(admin, at.target):
        fail(f"there is no topic {at.target}", USAGE)
    try:
        saver(options["checkpoint"])(at)
    except OSError as error:
        fail(f"the checkpoint can't be written: {error}", USAGE)


def _make_shadow(admin: KafkaAdminClient, settings: Settings, prefix: str) -> None:
    shadow = settings.model_copy(update={"topic_prefix": prefix + settings.topic_prefix})
    reader = partial(clients.consumer, settings)
    added = outputs.added_topics(admin, reader, settings.topic_prefix)
    specs = catalogue(shadow, outputs.builtin_topics() | added)
    topics.create(admin, specs, topics.copies(admin, settings.topic_replication))


def _resumed(
    admin: KafkaAdminClient, at: Checkpoint, selection: Selection, path: Path | None
) -> Checkpoint:
    try:
        found = checkpoints.load(path, at) if path else at
        if not found.ends:
            _set_ranges(admin, found, selection)
    except (CheckpointError, LookupError, OSError) as error:
        fail(str(error), USAGE)
    return found


def _set_ranges(admin: KafkaAdminClient, at: Checkpoint, selection: Selection) -> None:
    if Path(at.source).is_file():
        at.ends, at.following = {0: sum(1 for _ in from_file(Path(at.source)))}, {0: 0}
        return
    for part, (start, end) in ranges_of(admin, at.source, selection).items():
        at.ends[part.partition], at.following[part.partition] = end, min(start, end)


def _run(
    admin: KafkaAdminClient,
    settings: Settings,
    at: Checkpoint,
    selection: Selection,
    options: dict[str, Any],
) -> None:
    try:
        selected = matcher(selection)
    except ValueError as error:
        fail(str(error), USAGE)
    reader = None if Path(at.source).is_file() else clients.consumer(settings)
    items = lines_of(Path(at.source), at) if reader is None else items_of(reader, at)
    try:
        if options["dry_run"]:
            _dry_run(items, selected, at, as_json=options["as_json"])
        elif not at.done:
            _send(admin, settings, items, selected, at, options)
        else:
            _report(at, options["as_json"], "was done before")
    finally:
        if reader is not None:
            reader.close()


def _send(
    admin: KafkaAdminClient,
    settings: Settings,
    items: Iterator[Item],
    selected: Any,
    at: Checkpoint,
    options: dict[str, Any],
) -> None:
    pace = Pace(options["rate"])
    if options["max_lag"] is not None:
        group = options["group"] or settings.group_id
        pace.busy = LagWatch(admin, group, at.target, options["max_lag"])
    producer = clients.producer(settings)
    with progress_bar() as bar:
        task = bar.add_task(f"{at.source} → {at.target}", total=_total(at), completed=0)
        before = at.read
        try:
            replay(
                producer,
                items,
                selected,
                at,
                pace=pace,
                save=saver(options["checkpoint"]),
                told=lambda now: bar.update(task, completed=now.read - before),
            )
        except KeyboardInterrupt:
            _report(at, options["as_json"], "stopped")
            sys.exit(INTERRUPTED)
        finally:
            producer.close()
    _report(at, options["as_json"], "done")


def _total(at: Checkpoint) -> int:
    return sum(max(0, end - at.following.get(part, 0)) for part, end in at.ends.items())


def _dry_run(items: Iterator[Item], selected: Any, at: Checkpoint, *, as_json: bool) -> None:
    counts: dict[int, int] = {}
    samples: list[Item] = []
    for item in items:
        at.read += 1
        if selected(item):
            counts[item.partition] = counts.get(item.partition, 0) + 1
            samples += [item] if len(samples) < SAMPLES else []
    shown = [{"origin": item.origin, "value": preview(item.value)} for item in samples]
    found = {"source": at.source, "target": at.target, "read": at.read, "dry_run": True}
    found |= {"would_send": sum(counts.values()), "by_partition": counts, "samples": shown}
    if as_json:
        print_json(found)
        return
    click.echo(f"would send {found['would_send']} of {at.read} records to {at.target}")
    for sample in islice(shown, SAMPLES):
        click.echo(f"  {sample['origin']}  {sample['value']}")


def _report(at: Checkpoint, as_json: bool, how: str) -> None:
    found = {"source": at.source, "target": at.target, "replay_id": at.replay_id}
    found |= {"read": at.read, "sent": at.sent, "done": at.done}  # type: ignore[dict-item]
    if as_json:
        print_json(found)
    else:
        click.echo(f"{how}: {at.sent} of {at.read} records sent to {at.target}, id {at.replay_id}")
