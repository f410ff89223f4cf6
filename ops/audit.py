"""Prove from the topics alone that nothing was lost, and name what is missing.

Each raw record of a period must have ended as unique, duplicate or dead letter; each unique
article in an output stream, in unrouted, or as a dead letter of a later stage. A raw record is
recognised in the outputs by the coordinates in their `origin` header, else by the article id that
it must get; a dead letter by the coordinates in its headers.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from ops.clients import bounds, offsets_at, partitions_of
from ops.items import Item, article_id_of, from_record
from ops.lag import lag_records
from ops.outputs import output_topics
from ops.reading import read
from streams import dead_letters, topology
from streams.headers import ORIGIN, parse_coordinates

ARTICLE_ID = re.compile("[0-9a-f]{32}")
Place = tuple[str, int, int]
"""Topic, partition and offset of a record."""


@dataclass(frozen=True, slots=True)
class Period:
    """Records appended at `since` ≤ t < `until` (milliseconds; None: no bound)."""

    since: int | None = None
    until: int | None = None


@dataclass(slots=True)
class Account:
    """What became of the records of one stage; `pending`: the group has not come there yet."""

    read: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    pending: int = 0
    missing: list[str] = field(default_factory=list)

    def settle(self, outcome: str) -> None:
        """One more record ended as `outcome`."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


@dataclass(slots=True)
class Report:
    """The accounts of raw records and of unique articles, and outputs that are there twice."""

    raw: Account
    unique: Account
    repeats: dict[str, int]

    @property
    def clean(self) -> bool:
        """Nothing is missing."""
        return not (self.raw.missing or self.unique.missing)

    def as_json(self) -> dict[str, Any]:
        """All counts and names."""
        return {"clean": self.clean, **asdict(self)}


@dataclass(slots=True)
class Seen:
    """The articles on a topic: their ids, and the raw coordinates that they were made from."""

    ids: set[str | None] = field(default_factory=set)
    origins: set[Place] = field(default_factory=set)
    records: int = 0

    def note(self, item: Item) -> None:
        """One more record."""
        self.records += 1
        self.ids.add(_output_id(item))
        origin = parse_coordinates(dict(item.headers).get(ORIGIN, b""))
        if origin:
            self.origins.add(origin)


class Topics:
    """Reads our topics; `told` hears each topic and how many of its records were read.

    Args:
        client: an admin client.
        consumers: makes a consumer; it is closed after each topic.
        prefix: before every topic name.
        group: the workers' group, whose committed offsets tell what is still to come.
    """

    def __init__(
        self,
        client: KafkaAdminClient,
        consumers: Callable[[], KafkaConsumer],
        prefix: str = "",
        group: str = "newswire",
        told: Callable[[str, int], None] = lambda _topic, _records: None,
    ) -> None:
        self._client = client
        self._consumers = consumers
        self._told = told
        self.prefix = prefix
        self.group = group

    def items(self, topics: Iterable[str], period: Period) -> Iterator[Item]:
        """The records of the topics in the period."""
        for topic in topics:
            ranges = self._ranges(topic, period)
            yield from self._read(topic, ranges)

    def pending(self, topic: str) -> Iterator[Item]:
        """The records of the topic that the group has not committed yet."""
        found = lag_records(self._client, self.group, [topic])
        yield from self._read(topic, {part: (s, end) for part, (_, s, end) in found.items()})

    def committed(self, topic: str) -> dict[int, int]:
        """The next offset that the group will read, by partition."""
        found = lag_records(self._client, self.group, [topic])
        return {part.partition: start for part, (_, start, _) in found.items()}

    def outputs(self) -> list[str]:
        """All output streams there are."""
        return output_topics(self._client, self._consumers, self.prefix)

    def _ranges(self, topic: str, period: Period) -> dict[TopicPartition, tuple[int, int]]:
        found = bounds(self._client, partitions_of(self._client, topic))
        ends = {part: end for part, (_, end) in found.items()}
        starts = {part: first for part, (first, _) in found.items()}
        if period.since is not None:
            starts = offsets_at(self._client, ends, period.since)
        if period.until is not None:
            ends = offsets_at(self._client, ends, period.until)
        return {part: (starts[part], ends[part]) for part in found}

    def _read(self, topic: str, ranges: dict[TopicPartition, tuple[int, int]]) -> Iterator[Item]:
        consumer = self._consumers()
        try:
            for number, record in enumerate(read(consumer, ranges), 1):
                self._told(topic, number)
                yield from_record(record)
        finally:
            consumer.close()


def audit(topics: Topics, period: Period) -> Report:
    """Settle the accounts of the raw records, and of the unique articles, of the period.

    The workers may work on meanwhile: what they have done is asked before their outputs are read,
    since an output is there before its input is committed. Holds an id and the coordinates of
    each record in memory: about 300 bytes a record.
    """
    prefix, after = topics.prefix, Period(since=period.since)
    committed = topics.committed(prefix + topology.RAW)
    unique = _seen(topics, [prefix + topology.UNIQUE], after)
    duplicates = _seen(topics, [prefix + topology.DUPLICATES], after)
    names = unique.ids
    if period.until is not None:
        names = _seen(topics, [prefix + topology.UNIQUE], period).ids
    waiting = _waiting(topics)
    letters = _letters(topics, after)
    return Report(
        raw=_raw(topics, period, committed, (unique, duplicates), letters),
        unique=_unique(topics, after, names, waiting, letters),
        repeats={name: s.records - len(s.ids) for name, s in _named(unique, duplicates)},
    )


def _raw(
    topics: Topics,
    period: Period,
    committed: dict[int, int],
    outputs: tuple[Seen, Seen],
    letters: dict[Place, str | None],
) -> Account:
    topic = topics.prefix + topology.RAW
    account = Account()
    for item in topics.items([topic], period):
        account.read += 1
        if outcome := _outcome(item, *outputs, letters):
            account.settle(outcome)
        elif item.offset >= committed.get(item.partition, 0):
            account.pending += 1
        else:
            account.missing.append(item.origin)
    return account


def _outcome(
    item: Item, unique: Seen, duplicates: Seen, letters: dict[Place, str | None]
) -> str | None:
    place = (item.source, item.partition, item.offset)
    if place in letters:
        return "dead_letters"
    if place in unique.origins:
        return "unique"
    if place in duplicates.origins:
        return "duplicates"
    name = article_id_of(item.value)
    if name in unique.ids:
        return "unique"
    return "duplicates" if name in duplicates.ids else None


def _waiting(topics: Topics) -> set[str | None]:
    """The articles that a later stage has not done yet; the earlier stage is asked first."""
    return {
        _output_id(item)
        for topic in (topology.UNIQUE, topology.TAGGED)
        for item in topics.pending(topics.prefix + topic)
    }


def _unique(
    topics: Topics,
    after: Period,
    names: set[str | None],
    waiting: set[str | None],
    letters: dict[Place, str | None],
) -> Account:
    prefix = topics.prefix
    raw = prefix + topology.RAW
    outcomes = {
        "routed": _seen(topics, topics.outputs(), after).ids,
        "unrouted": _seen(topics, [prefix + topology.UNROUTED], after).ids,
        "dead_letters": {name for (topic, _, _), name in letters.items() if topic != raw},
    }
    account = Account()
    for name in sorted(name for name in names if name is not None):
        account.read += 1
        outcome = next((key for key, ids in outcomes.items() if name in ids), None)
        if outcome:
            account.settle(outcome)
        elif name in waiting:
            account.pending += 1
        else:
            account.missing.append(name)
    return account


def _seen(topics: Topics, names: Iterable[str], period: Period) -> Seen:
    seen = Seen()
    for item in topics.items(names, period):
        seen.note(item)
    return seen


def _letters(topics: Topics, period: Period) -> dict[Place, str | None]:
    found: dict[Place, str | None] = {}
    for item in topics.items([topics.prefix + topology.DLQ], period):
        said = dict(item.headers)
        partition, offset = (
            said.get(dead_letters.PARTITION, b""),
            said.get(dead_letters.OFFSET, b""),
        )
        if partition.isdigit() and offset.isdigit():
            topic = said.get(dead_letters.TOPIC, b"").decode("utf-8", "replace")
            found[topic, int(partition), int(offset)] = article_id_of(item.value)
    return found


def _output_id(item: Item) -> str | None:
    # The key of our outputs is the article id: no need to parse their values.
    key = (item.key or b"").decode("ascii", "replace")
    return key if ARTICLE_ID.fullmatch(key) else article_id_of(item.value)


def _named(unique: Seen, duplicates: Seen) -> list[tuple[str, Seen]]:
    return [("unique", unique), ("duplicates", duplicates)]
