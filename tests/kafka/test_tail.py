"""Tail shows the last records in order of time, for people and as JSON."""

from collections.abc import Callable

import orjson
import pytest
from click.testing import Result

from streams.records import Article, encode
from tests.conftest import MakeTopic
from tests.kafka.conftest import Send

pytestmark = pytest.mark.kafka


def test_the_last_records_by_time_across_partitions(
    newswire: Callable[..., Result], make_topic: MakeTopic, send: Send
) -> None:
    topic = make_topic(partitions=3, message_timestamp_type="LogAppendTime")
    for n in range(9):
        send(topic, b"%d" % n, partition=n % 3)
    lines = newswire("tail", topic, "-n", "4", "--json").stdout.splitlines()
    assert [orjson.loads(line)["value"] for line in lines] == [5, 6, 7, 8]
    every = newswire("tail", topic, "--from-beginning", "--json").stdout.splitlines()
    assert [orjson.loads(line)["value"] for line in every] == list(range(9))


def test_an_article_for_people_without_control_characters(
    newswire: Callable[..., Result], make_topic: MakeTopic, send: Send
) -> None:
    topic = make_topic()
    article = Article(article_id="a1", title="[red]Bold\x1b[31m claim", text="Body of it.")
    send(topic, encode(article), b"\xff\x00", headers=[("reason", b"invalid_utf8")])
    out = newswire("tail", topic).stdout
    assert "[red]Bold" in out
    assert "\x1b" not in out
    assert "Body of it." in out
    assert "invalid_utf8" in out


def test_a_topic_that_is_not_there(newswire: Callable[..., Result]) -> None:
    assert "no topic nowhere" in newswire("tail", "nowhere", code=1).stderr
