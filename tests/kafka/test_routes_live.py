"""Routes added, changed and removed while articles pass: each answer is its table's."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from ops.broker import LocalCluster
from streams.headers import ROUTES_OFFSET
from streams.records import Article, decode, encode
from streams.stages.contract import Record
from streams.stages.pipeline import RouteStage
from streams.stages.routes import Change, RouteBook, builtin_routes, route
from streams.stages.routes import encode as encode_route
from streams.topology import DLQ, ROUTES, TAGGED, TOPIC_PREFIX, UNROUTED
from tests.kafka.conftest import Send
from tests.workers import Reader, WorkerProcess, send, wait_for

pytestmark = pytest.mark.kafka
STAGES = "streams.stages.pipeline:load_stages"
WORDS = ("harbour", "glacier", "violin", "tractor")
TO = "news.topic.defence"


def _article(number: int) -> tuple[bytes, bytes]:
    text = f"The {WORDS[number % 4]} of case {number} was seen by {WORDS[number % 3]} people."
    article = Article(article_id=f"{number:032x}", text=text)
    return article.article_id.encode(), encode(article)


def _changes() -> Iterator[tuple[bytes, bytes | None]]:
    """A route that watches one word after the other, and is removed in between."""
    for word in WORDS:
        yield b"watch", encode_route(route("watch", f"phrase:{word}", topic=TO))
        yield b"bad", b"{not a route"
        yield b"watch", None


@pytest.fixture
def reader(
    broker: LocalCluster, admin: KafkaAdminClient, newswire: Callable[..., Any], prefix: str
) -> Reader:
    newswire("topics", "create")
    topics = [t for t in admin.list_topics() if t.startswith(prefix)]
    return Reader.of_all(broker.bootstrap, topics)


def _named(reader: Reader, prefix: str, *starts: str) -> list[Any]:
    records: list[Any] = reader.poll()
    return [r for r in records if r.topic.removeprefix(prefix).startswith(starts)]


def test_live(
    broker: LocalCluster, reader: Reader, prefix: str, tmp_path: Path, send: Send
) -> None:
    changes = list(_changes())
    with WorkerProcess(broker.bootstrap, "test", tmp_path, STAGES, topic_prefix=prefix) as worker:
        worker.wait_ready()
        for number, (key, value) in enumerate(changes):
            send(prefix + ROUTES, value, key=key)
            _send_articles(broker, prefix, range(100 * number, 100 * number + 100))
            wait_for(partial(_arrived, reader, prefix, 100 * number + 100), 60, worker.text)
        wait_for(lambda: len(_named(reader, prefix, DLQ)) == len(WORDS), 30, worker.text)
    letters = _named(reader, prefix, DLQ)
    assert {dict(r.headers)["dlq.reason"] for r in letters} == {b"invalid_route"}
    outputs = _outputs(reader, prefix)
    versions = {_version(record) for record in outputs}
    assert len(versions) > len(changes) / 2
    for record in outputs:
        assert record.value in _expected(changes[: _version(record)], record), record
    watched = [r for r in outputs if r.topic == prefix + TO]
    assert 100 < len(watched) < 1000


def test_a_replay_with_the_table_of_then(
    broker: LocalCluster, reader: Reader, prefix: str, tmp_path: Path, send: Send
) -> None:
    """`--routes-at`: the same articles, routed as they were before two changes of the table."""
    changes = [
        (b"watch", encode_route(route("watch", "phrase:harbour", topic=TO))),
        (b"watch", encode_route(route("watch", "phrase:glacier", topic=TO))),
        (b"watch", None),
    ]
    for key, value in changes:
        send(prefix + ROUTES, value, key=key)
    _send_articles(broker, prefix, range(40))
    for at, group in ((None, "now"), (1, "then")):
        args = () if at is None else ("--routes-at", str(at))
        with WorkerProcess(
            broker.bootstrap, group, tmp_path, STAGES, ("route",), args, topic_prefix=prefix
        ) as worker:
            wait_for(partial(_at, reader, prefix, at or len(changes), 40), 60, worker.text)
            assert worker.stop() == 0
    outputs = _outputs(reader, prefix)
    assert {_version(r) for r in outputs} == {1, len(changes)}
    for record in outputs:
        assert record.value in _expected(changes[: _version(record)], record), record
    assert {_version(r) for r in outputs if r.topic == prefix + TO} == {1}


def _at(reader: Reader, prefix: str, version: int, number: int) -> bool:
    return sum(_version(record) == version for record in _outputs(reader, prefix)) >= number


def test_a_table_that_is_not_there_yet_is_refused(
    broker: LocalCluster, reader: Reader, prefix: str, tmp_path: Path
) -> None:
    args = ("--routes-at", "7")
    assert reader.poll() == []
    with WorkerProcess(
        broker.bootstrap, "then", tmp_path, STAGES, ("route",), args, topic_prefix=prefix
    ) as worker:
        assert worker.process is not None
        assert worker.process.wait(60) == 1
    assert "news.routes ends at 0, before 7" in worker.text()


def _send_articles(broker: LocalCluster, prefix: str, numbers: range) -> None:
    send(broker.bootstrap, prefix + TAGGED, (_article(n) for n in numbers))


def _outputs(reader: Reader, prefix: str) -> list[Any]:
    return _named(reader, prefix, TOPIC_PREFIX, UNROUTED)


def _arrived(reader: Reader, prefix: str, number: int) -> bool:
    return len(_outputs(reader, prefix)) >= number


def _version(record: Any) -> int:
    return int(dict(record.headers)[ROUTES_OFFSET])


def _expected(changes: list[tuple[bytes, bytes | None]], record: Any) -> list[bytes]:
    """What the table of these changes makes of the article in the record, on its topic."""
    book = RouteBook(builtin_routes())
    book.apply([Change(offset, *change) for offset, change in enumerate(changes)])
    article = decode(record.value, Article)
    article.routes = []
    (outcome,) = RouteStage(book)([Record(encode(article))])
    assert isinstance(outcome, tuple)
    return [e.value for e in outcome if record.topic.endswith(e.topic)]
