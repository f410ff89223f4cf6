import io
import json
import logging
from collections.abc import Iterator

import pytest

from streams import logs
from streams.settings import Settings, load


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def _logged(settings: Settings) -> tuple[io.StringIO, logging.Logger]:
    stream = io.StringIO()
    logs.set_up(settings, stream)
    return stream, logging.getLogger("streams.test")


def test_json_lines_with_coordinates_and_without_what_an_exception_says() -> None:
    stream, logger = _logged(load(log_format="json"))
    at = {"topic": "news.raw", "partition": 3, "offset": 41, "article_id": "ab"}
    try:
        int("the whole body of an article")
    except ValueError:
        logger.exception("Stage failed\nhere", extra=at)
    (line,) = stream.getvalue().splitlines()
    read = json.loads(line)
    assert {name: read[name] for name in at} == at
    assert (read["level"], read["logger"], read["error"]) == ("error", "streams.test", "ValueError")
    assert read["message"] == "Stage failed\nhere"
    assert "whole body" not in line
    assert read["time"].endswith("+00:00")


def test_text_lines_name_the_coordinates_too() -> None:
    stream, logger = _logged(load(log_format="text"))
    logger.warning("Dead letter", extra={"topic": "news.raw", "offset": 7})
    assert stream.getvalue().rstrip().endswith("Dead letter topic=news.raw offset=7")


def test_messages_are_cut_and_secrets_blotted_out() -> None:
    stream, logger = _logged(load(log_format="json", sasl_password="hunter2"))
    logger.warning("login %s %s", "hunter2", "x" * 5_000)
    message = json.loads(stream.getvalue())["message"]
    assert "hunter2" not in message
    assert message.startswith("login *** xxx")
    assert len(message) == logs.MESSAGE_BYTES


def test_what_repeats_is_counted_instead() -> None:
    now = 0.0
    repeats = logs.Repeats(lambda: now)

    def record(number: int) -> logging.LogRecord:
        return logging.LogRecord("a", logging.ERROR, "f", 1, "lost %d", (number,), None)

    shown = [repeats.filter(record(n)) for n in range(20)]
    assert shown == [True] * logs.BURST + [False] * (20 - logs.BURST)
    assert repeats.filter(logging.LogRecord("a", logging.ERROR, "f", 1, "other", (), None))
    now = logs.WINDOW_SECONDS + 1
    later = record(20)
    assert repeats.filter(later)
    assert later.getMessage() == "lost 20 (15 like it were left out)"
