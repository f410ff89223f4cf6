"""Dead letters: the record's own bytes, key and headers, and ours after them, all text.

A dead letter that was sent back and failed again keeps its first-failure time and counts its
attempts up: of a repeated header the last one holds.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from streams import __version__
from streams.stages.contract import DeadLetter, Emission, Headers, Record
from streams.topology import DLQ

SCHEMA = "newswire.dead-letter/1"
TOPIC = "dlq.topic"
PARTITION = "dlq.partition"
OFFSET = "dlq.offset"
TIMESTAMP = "dlq.timestamp"
STAGE = "dlq.stage"
REASON = "dlq.reason"
ERROR = "dlq.error"
DETAIL = "dlq.detail"
ATTEMPT = "dlq.attempt"
FIRST_FAILED_AT = "dlq.first_failed_at"
VERSION = "dlq.version"
_DIGITS = re.compile(rb"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was read: its coordinates, its time (ms since 1970) and the stage."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    stage: str


def to_emission(record: Record, letter: DeadLetter, origin: Origin, now_ms: int) -> Emission:
    """The record for the DLQ: value, key and headers untouched, then the headers named above."""
    ours = headers(record.headers, letter, origin, now_ms)
    return Emission(DLQ, record.key, record.value, record.headers + ours)  # type: ignore[arg-type]


def headers(before: Headers, letter: DeadLetter, origin: Origin, now_ms: int) -> Headers:
    """Our headers for a record that already has the headers `before`."""
    known = dict(before)
    texts = (
        (TOPIC, origin.topic),
        (PARTITION, str(origin.partition)),
        (OFFSET, str(origin.offset)),
        (TIMESTAMP, str(origin.timestamp_ms)),
        (STAGE, origin.stage),
        (REASON, str(letter.reason)),
        (ERROR, letter.error),
        (DETAIL, letter.detail),
        (ATTEMPT, str(_number(known.get(ATTEMPT)) + 1)),
        (FIRST_FAILED_AT, str(_number(known.get(FIRST_FAILED_AT)) or now_ms)),
        (VERSION, __version__),
    )
    return tuple((name, text.encode("utf-8", "replace")) for name, text in texts)


def _number(value: bytes | None) -> int:
    # A header may come from anybody, and int() refuses thousands of digits.
    return int(value) if value is not None and _DIGITS.fullmatch(value) else 0


def to_line(said: Mapping[str, object], record: Record) -> bytes:
    """A dead letter as a JSON line (`dead-letter.v1`): what is said of it, its bytes in base64."""
    headers = [[name, _base64(value)] for name, value in record.headers]
    bytes_ = {"key": _base64(record.key), "value": _base64(record.value), "headers": headers}
    return orjson.dumps({"schema": SCHEMA, **said, **bytes_})


def _base64(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()
