"""A dead letter as a JSON line: what Kafka's headers say, and the bytes in base64."""

from base64 import b64encode

import orjson

from streams import __version__
from streams.stages.contract import DeadLetter, Record
from streams.topology import RAW, TAGGED, UNIQUE

SCHEMA = "newswire.dead-letter/1"
READS = {"dedup": RAW, "tag": UNIQUE, "route": TAGGED}


def dead_letter_line(record: Record, letter: DeadLetter, stage: str, origin: str | None) -> bytes:
    """The line for `record`, refused by `stage`; its bytes are untouched, in base64."""
    return orjson.dumps(
        {
            "schema": SCHEMA,
            "topic": READS[stage],
            "partition": None,
            "offset": None,
            "stage": stage,
            "reason": letter.reason,
            "error": letter.error,
            "detail": letter.detail,
            "version": __version__,
            "origin": origin,
            "key": _base64(record.key),
            "value": _base64(record.value),
            "headers": [[name, _base64(value)] for name, value in record.headers],
        }
    )


def _base64(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()
