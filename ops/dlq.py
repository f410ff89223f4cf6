"""Dead letters: what they say, which are still open, and sending them again."""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from kafka import KafkaAdminClient, KafkaConsumer

from ops import journal
from ops.items import Item, from_record, json_of
from ops.reading import read
from ops.replay import kept_headers
from ops.selection import Selection, compiled, ranges_of
from ops.times import time_text
from streams import dead_letters
from streams.stages.contract import Record

UNKNOWN = "unknown"
DIGITS = re.compile("[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter, its headers read; `state` is open, redriven or dropped."""

    item: Item
    state: str
    topic: str
    place: str
    stage: str
    reason: str
    error: str
    detail: str
    attempt: int
    first_failed_ms: int
    version: str

    def as_json(self, *, body: bool = False) -> dict[str, Any]:
        """Everything that is known about it; the value only if `body`."""
        shown = {
            "letter": f"{self.item.partition}:{self.item.offset}",
            "time": time_text(self.item.timestamp_ms or 0),
            "state": self.state,
            "reason": self.reason,
            "stage": self.stage,
            "origin": self.place,
            "error": self.error,
            "detail": self.detail,
            "attempt": self.attempt,
            "first_failed_at": time_text(self.first_failed_ms),
            "version": self.version,
            "bytes": len(self.item.value or b""),
        }
        if body:
            headers = [[n, v.decode("utf-8", "replace")] for n, v in self.item.headers]
            key = None if self.item.key is None else self.item.key.decode("utf-8", "replace")
            shown |= {"key": key, "headers": headers, "value": json_of(self.item.value)}
        return shown


def as_line(letter: Letter) -> bytes:
    """The letter as the contract `dead-letter.v1`: bytes in base64, replayable from a file."""
    item = letter.item
    said = {
        "topic": letter.topic or UNKNOWN,
        "partition": _number(letter.place.split(":")[-2]),
        "offset": _number(letter.place.split(":")[-1]),
        "stage": letter.stage or UNKNOWN,
        "reason": letter.reason,
        "error": letter.error,
        "detail": letter.detail,
        "version": letter.version or UNKNOWN,
        "origin": None,
    }
    return dead_letters.to_line(
        said, Record(item.value, item.key, tuple(kept_headers(item.headers)))
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters: everything that is set must hold; `states` empty means any."""

    reasons: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    places: tuple[journal.Place, ...] = ()
    states: tuple[str, ...] = ("open",)

    def __call__(self, letter: Letter) -> bool:
        """Whether the letter is one of them."""
        pairs = (
            (self.reasons, letter.reason),
            (self.stages, letter.stage),
            (self.versions, letter.version),
            (self.topics, letter.topic),
            (self.places, (letter.item.partition, letter.item.offset)),
            (self.states, letter.state),
        )
        return all(not allowed or found in allowed for allowed, found in pairs)


def letters(
    client: KafkaAdminClient,
    consumers: Callable[[], KafkaConsumer],
    topic: str,
    journal_topic: str,
    selection: Selection,
) -> Iterator[Letter]:
    """The dead letters of `topic` in the selection's range, by time.

    Raises:
        LookupError: there is no such topic.
    """
    ranges = ranges_of(client, topic, selection)
    reader = consumers()
    try:
        done = journal.actions(client, reader, journal_topic)
        for record in read(reader, ranges):
            yield _letter(from_record(record), done)
    finally:
        reader.close()


def _letter(item: Item, done: dict[journal.Place, dict[str, Any]]) -> Letter:
    said = {name: content.decode("utf-8", "replace") for name, content in item.headers}
    entry = done.get((item.partition, item.offset))
    topic = said.get(dead_letters.TOPIC, "")
    numbers = said.get(dead_letters.PARTITION, "?"), said.get(dead_letters.OFFSET, "?")
    return Letter(
        item=item,
        state={"redrive": "redriven", "drop": "dropped"}[entry["action"]] if entry else "open",
        topic=topic,
        place=":".join((topic, *numbers)),
        stage=said.get(dead_letters.STAGE, ""),
        reason=said.get(dead_letters.REASON, ""),
        error=said.get(dead_letters.ERROR, ""),
        detail=said.get(dead_letters.DETAIL, ""),
        attempt=_number(said.get(dead_letters.ATTEMPT)),
        first_failed_ms=_number(said.get(dead_letters.FIRST_FAILED_AT)),
        version=said.get(dead_letters.VERSION, ""),
    )


def stats(found: Iterable[Letter]) -> dict[str, Any]:
    """Counts by state, and of the open ones by reason, stage, version and hour; oldest, newest."""
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("state", "reason", "stage", "version", "hour")
    }
    times: list[int] = []
    for letter in found:
        counts["state"][letter.state] += 1
        if letter.state == "open":
            _count(counts, letter)
            times.append(letter.item.timestamp_ms or 0)
    shown: dict[str, Any] = {name: dict(count.most_common()) for name, count in counts.items()}
    shown["open"] = len(times)
    shown["oldest"] = time_text(min(times)) if times else None
    shown["newest"] = time_text(max(times)) if times else None
    return shown


def _count(counts: dict[str, Counter[str]], letter: Letter) -> None:
    counts["reason"][letter.reason] += 1
    counts["stage"][letter.stage] += 1
    counts["version"][letter.version] += 1
    counts["hour"][time_text(letter.item.timestamp_ms or 0)[:13] + "Z"] += 1


def fixer(expression: str | None, encoding: str | None) -> Callable[[bytes | None], bytes | None]:
    """A function on values: decode bytes in `encoding`, then apply the jq `expression`.

    A string that comes out is sent as its text, anything else as JSON. Without both the value
    stays as it is.

    Raises:
        ValueError: no jq expression or encoding (here), or it fails on a value (in the function).
    """
    program = None if expression is None else compiled(expression)
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError as error:
        raise ValueError(str(error)) from None

    def fix(value: bytes | None) -> bytes | None:
        if value is not None and encoding is not None:
            value = value.decode(encoding).encode()
        if program is None:
            return value
        made = program.input_value(json_of(value)).first()
        return made.encode() if isinstance(made, str) else orjson.dumps(made)

    return fix


def _number(text: str | None) -> int:
    return int(text) if text and DIGITS.fullmatch(text) else 0
