"""Logs of a worker: lines for people, or one JSON object a line (`NEWSWIRE_LOG_FORMAT=json`).

Article bodies and secrets never get in: messages name coordinates and ids, are cut to
`MESSAGE_BYTES`, and our password is blotted out of them. A message that repeats is shown
`BURST` times in `WINDOW_SECONDS`; the next one after that says how many were left out.
"""

import logging
import sys
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from streams.settings import Settings, SettingsError

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MESSAGE_BYTES = 1_000
BURST, WINDOW_SECONDS, REMEMBERED = 5, 60.0, 1_000
FIELDS = ("article_id", "topic", "partition", "offset", "stage", "reason")
"""What a record may carry by `extra`; in JSON each is a field of its own."""
QUIET = ("faust", "mode", "aiokafka", "asyncio", "kafka")


class JsonLines(logging.Formatter):
    """A record as a JSON object: time (RFC 3339 UTC), level, logger, message, `FIELDS`, error."""

    def format(self, record: logging.LogRecord) -> str:
        """One line without line breaks."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _clipped(record.getMessage()),
        }
        line |= {name: vars(record)[name] for name in FIELDS if name in vars(record)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record.exc_info[2])
        return orjson.dumps(line, default=str).decode()


class Lines(logging.Formatter):
    """A record as text for people, `FIELDS` at its end."""

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's interface
        """The line before the traceback."""
        record.message = _clipped(record.message)
        own = [f"{name}={vars(record)[name]}" for name in FIELDS if name in vars(record)]
        return " ".join([super().formatMessage(record), *own])


class Repeats(logging.Filter):
    """Lets `BURST` records of one place and message pass in each window of time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: OrderedDict[tuple[str, int, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to show the record; one that follows hidden ones names their number."""
        key = (record.name, record.levelno, str(record.msg))
        now = self._clock()
        since, count = self._seen.pop(key, (now, 0))
        hidden = 0
        if now - since > WINDOW_SECONDS:
            since, count, hidden = now, 0, max(0, count - BURST)
        self._seen[key] = (since, count + 1)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        if hidden:
            record.msg = f"{record.getMessage()} ({hidden} like it were left out)"
            record.args = None
        return count < BURST


class Secrets(logging.Filter):
    """Blots out the given words wherever a message has them."""

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self._words = [word for word in words if word]

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record may be changed."""
        message = record.getMessage()
        if any(word in message for word in self._words):
            for word in self._words:
                message = message.replace(word, "***")
            record.msg, record.args = message, None
        return True


def set_up(settings: Settings, stream: TextIO = sys.stderr) -> None:
    """Send the logs of this process to `stream`, as the settings want them."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else Lines())
    handler.addFilter(Repeats())
    handler.addFilter(Secrets(_secrets(settings)))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _secrets(settings: Settings) -> list[str]:
    from streams.kafka.security import password  # noqa: PLC0415 - aiokafka only where needed

    try:
        return [password(settings)]
    except SettingsError:
        return []


def _clipped(message: str) -> str:
    return message.encode("utf-8", "replace")[:MESSAGE_BYTES].decode("utf-8", "ignore")


def _where(trace: Any) -> list[str]:
    """File, line and function of each frame; source lines and the message could hold a body."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]
