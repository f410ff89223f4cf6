"""Times as operators type them."""

import re
import time
from datetime import UTC, datetime
from typing import Self

import click

AGO = re.compile(r"-?(\d+)(s|m|h|d)")
LATEST_MS = 253_402_300_799_999
"""The end of the year 9999."""
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def parse_time(text: str, now_ms: int) -> int:
    """Milliseconds since 1970 for RFC 3339 (UTC if no zone), a date, `2h` (ago) or `now`.

    Raises:
        ValueError: none of these, or before 1970: Kafka takes -1 for the end, -2 for the start.
    """
    found = now_ms if text == "now" else _milliseconds(text, now_ms)
    if found < 0:
        raise ValueError(f"{text} is before 1970")
    return found


def _milliseconds(text: str, now_ms: int) -> int:
    if ago := AGO.fullmatch(text):
        return now_ms - int(ago[1]) * UNIT_SECONDS[ago[2]] * 1000
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


class Moment(int):
    """Milliseconds since 1970, with the words that an operator typed for it."""

    typed: str

    def __new__(cls, milliseconds: int, typed: str) -> Self:
        """Both together."""
        made = super().__new__(cls, milliseconds)
        made.typed = typed
        return made


def now_ms() -> int:
    """The wall clock."""
    return int(time.time() * 1000)


def time_text(timestamp_ms: int) -> str:
    """RFC 3339 in UTC with milliseconds; `?` for what is no time: headers come from anybody."""
    if not 0 <= timestamp_ms <= LATEST_MS:
        return "?"
    moment = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TimeType(click.ParamType):
    """A click parameter that takes what `parse_time` takes and gives a `Moment`."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Moment:
        """The moment."""
        if isinstance(value, Moment):
            return value
        try:
            return Moment(parse_time(str(value), now_ms()), str(value))
        except ValueError:
            self.fail(
                f"{value!r}: not a time since 1970 like 2026-11-24T10:00Z, 2026-11-24, 2h or now",
                param,
                ctx,
            )


TIME = TimeType()
