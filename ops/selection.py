"""Which records of a topic or file an operator means."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import jq
from kafka import KafkaAdminClient

from ops.clients import bounds, offsets_at, partitions_of
from ops.items import Item, article_id_of, json_of
from ops.reading import Ranges
from ops.times import Moment


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything that is set must hold; empty selects all.

    Times are milliseconds since 1970 (`since` ≤ t < `until`), offsets `first` ≤ o < `end`;
    `where` is a jq expression on the value (bare text is a string), selected if it is truthy.
    """

    since: int | None = None
    until: int | None = None
    first: int | None = None
    end: int | None = None
    partitions: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    article_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    where: str | None = None

    def digest(self) -> str:
        """The same for the same selection only: tells whether a checkpoint belongs to it.

        Times count as they were typed: `2h` of the command that was killed and of the one that
        goes on are the same, and the checkpoint holds what it meant at first.
        """
        values = [getattr(self, each.name) for each in fields(self)]
        content = repr([v.typed if isinstance(v, Moment) else v for v in values])
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def ranges_of(client: KafkaAdminClient, topic: str, selection: Selection) -> Ranges:
    """The offsets that the selection's times, offsets and partitions leave of the topic.

    Raises:
        LookupError: there is no such topic, or a partition that it does not have.
    """
    parts = partitions_of(client, topic)
    if not parts:
        raise LookupError(f"there is no topic {topic}")
    unknown = set(selection.partitions) - {part.partition for part in parts}
    if unknown:
        raise LookupError(f"{topic} has no partition {min(unknown)}")
    chosen = [p for p in parts if not selection.partitions or p.partition in selection.partitions]
    found = bounds(client, chosen)
    ends = {part: last for part, (_, last) in found.items()}
    since = _at(client, ends, selection.since)
    until = _at(client, ends, selection.until)
    return {
        part: (
            max(first, since.get(part, first), selection.first or 0),
            min(last, until.get(part, last), last if selection.end is None else selection.end),
        )
        for part, (first, last) in found.items()
    }


def _at(client: KafkaAdminClient, ends: dict[Any, int], time_ms: int | None) -> dict[Any, int]:
    return {} if time_ms is None else offsets_at(client, ends, time_ms)


def compiled(expression: str) -> Any:
    """The jq program.

    Raises:
        ValueError: it does not compile.
    """
    try:
        return jq.compile(expression)
    except ValueError as error:
        raise ValueError(f"jq expression {expression!r}: {error}") from None


def matcher(selection: Selection) -> Callable[[Item], bool]:
    """Whether an item inside the offset ranges is selected.

    Raises:
        ValueError: `where` is no jq expression.
    """
    tests: list[Callable[[Item], bool]] = []
    if selection.keys:
        keys = {key.encode() for key in selection.keys}
        tests.append(lambda item: item.key in keys)
    if selection.article_ids:
        tests.append(lambda item: article_id_of(item.value) in selection.article_ids)
    if selection.sources:
        tests.append(lambda item: _field(item, "source") in selection.sources)
    if selection.routes:
        tests.append(lambda item: not _routes(item).isdisjoint(selection.routes))
    if selection.where:
        tests.append(_where(selection.where))
    return lambda item: all(test(item) for test in tests)


def _where(expression: str) -> Callable[[Item], bool]:
    program = compiled(expression)

    def holds(item: Item) -> bool:
        try:
            found = program.input_value(json_of(item.value)).all()
        except ValueError:
            return False
        return bool(found) and found[0] not in (None, False)

    return holds


def _field(item: Item, name: str) -> Any:
    content = json_of(item.value)
    return content.get(name) if isinstance(content, dict) else None


def _routes(item: Item) -> set[str]:
    hits = _field(item, "routes")
    return {h["route"] for h in hits if isinstance(h, dict)} if isinstance(hits, list) else set()
