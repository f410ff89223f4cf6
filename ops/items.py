"""Records to send again, whether they come from a topic or from a file of JSON lines."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ops.reading import ConsumerRecord
from streams import dead_letters
from streams.headers import REPLAY_ID, REPLAY_ORIGIN
from streams.identity import article_id
from streams.stages.clean import parse
from streams.stages.contract import Record, Refused

Headers = tuple[tuple[str, bytes], ...]
LARGEST_RAW = 1 << 30


class LineError(ValueError):
    """A line of a file says that it is a dead letter and is none."""


@dataclass(frozen=True, slots=True)
class Item:
    """A record and the place where it stood: `partition` is 0 and `offset` a line in a file."""

    source: str
    partition: int
    offset: int
    timestamp_ms: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def origin(self) -> str:
        """`topic:partition:offset`, or `file:line`."""
        if self.timestamp_ms is None:
            return f"{self.source}:{self.offset}"
        return f"{self.source}:{self.partition}:{self.offset}"


def from_record(record: ConsumerRecord) -> Item:
    """The item of a record read from a topic."""
    headers = tuple((name, content or b"") for name, content in record.headers)
    return Item(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        headers,
    )


def from_file(path: Path) -> Iterator[Item]:
    """The lines of a file of `newswire run`: values as they are, or dead letters in base64.

    A line that is a JSON string is the value that it holds: bare text.

    Raises:
        LineError: names the line.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _from_line(str(path), number, line.rstrip(b"\n"))


def _from_line(path: str, number: int, line: bytes) -> Item:
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError:
        content = None
    if isinstance(content, str):
        return Item(path, 0, number, None, None, content.encode())
    if isinstance(content, dict) and content.get("schema") == dead_letters.SCHEMA:
        try:
            return _from_letter(path, number, content)
        except (LookupError, TypeError, ValueError) as error:
            raise LineError(f"{path}:{number}: no dead letter: {error!r}") from None
    return Item(path, 0, number, None, None, line)


def _from_letter(path: str, number: int, content: dict[str, Any]) -> Item:
    headers = tuple((name, _bytes(value) or b"") for name, value in content["headers"])
    return Item(path, 0, number, None, _bytes(content["key"]), _bytes(content["value"]), headers)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text, validate=True)


def json_of(value: bytes | None) -> Any:
    """The value as JSON; as a string if it is bare text; None if it is neither."""
    if value is None:
        return None
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value.decode("utf-8", "replace")


def article_id_of(value: bytes | None) -> str | None:
    """The article id in a record of ours, or that which a raw record will get."""
    content = json_of(value)
    if isinstance(content, dict) and isinstance(content.get("article_id"), str):
        return str(content["article_id"])
    try:
        raw = parse(Record(value), LARGEST_RAW)
    except Refused:
        return None
    return article_id(raw.source, raw.url, raw.text)


def traced(item: Item, replay_id: str, kept: Headers) -> list[tuple[str, bytes]]:
    """`kept` of the item's headers with the marks of this replay instead of an earlier one's."""
    marks = {REPLAY_ID: replay_id.encode(), REPLAY_ORIGIN: item.origin.encode()}
    return [header for header in kept if header[0] not in marks] + list(marks.items())
