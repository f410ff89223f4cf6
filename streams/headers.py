"""Names of the headers that trace a record: where it came from and who sent it again.

Headers may differ between runs; keys and values never do. The origin goes on every output of a
worker and is handed on from stage to stage, so that `newswire audit` can prove by coordinates that
each raw record arrived somewhere.
"""

import re

ORIGIN = "newswire.origin"
"""`topic:partition:offset` of the raw record that an output was made from."""

ROUTES_OFFSET = "newswire.routes.offset"
"""The offset of `news.routes` up to which the table that routed the record had seen it."""

APPENDED = "newswire.appended"
"""Kafka timestamp (milliseconds of Unix time, as text) of that raw record."""

REPLAY_ID = "replay.id"
"""The id of the replay or redrive that sent the record again."""

REPLAY_ORIGIN = "replay.origin"
"""`topic:partition:offset` (or `file:line`) that the replay read it from."""

_COORDINATES = re.compile(r"(.*):([0-9]{1,18}):([0-9]{1,18})", re.DOTALL)


def coordinates(topic: str, partition: int, offset: int) -> bytes:
    """The content of an origin header; a topic's name has no colon."""
    return f"{topic}:{partition}:{offset}".encode()


def parse_coordinates(text: bytes) -> tuple[str, int, int] | None:
    """The three parts, or None if they are not there."""
    match = _COORDINATES.fullmatch(text.decode("utf-8", "replace"))
    return (match[1], int(match[2]), int(match[3])) if match else None
