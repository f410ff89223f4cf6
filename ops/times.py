"""Times as operators type them."""

import re
import time
from datetime import UTC, datetime
from typing import Self

import click

AGO = re.compile(r"-?(\d+)(s|m|h|d)")
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def parse_time(text: str, now_ms: int) -> int:
    """Milliseconds since 1970 for RFC 3339 (UTC if no zone), a date, `2h` (ago) or `now`.

    Raises:
        ValueError: none of these.
    """
    if text == "now":
        return now_ms
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
    """RFC 3339 in UTC with milliseconds."""
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
                f"{value!r}: not a time like 2026-11-24T10:00Z, 2026-11-24, 2h or now", param, ctx
            )


TIME = TimeType()
