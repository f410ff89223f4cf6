"""Thousands of routes imported while a worker runs: all live, and articles go on meanwhile."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from kafka import KafkaAdminClient

from ops.broker import LocalCluster
from streams.headers import ROUTES_OFFSET
from streams.records import Article, decode, encode
from streams.stages.routes import encode as encode_route
from streams.stages.routes import route
from streams.topology import DLQ, TAGGED, UNROUTED
from tests.workers import Reader, WorkerProcess, send, wait_for

pytestmark = pytest.mark.kafka
STAGES = "streams.stages.pipeline:load_stages"
TO = "news.topic.defence"
ROUTES, TEXTS = 5_000, 50
SMALL_BATCHES = {"batch_records": "20"}


def _written(folder: Path) -> Path:
    path = folder / "routes.jsonl"
    routes = (route(f"r{n}", f"phrase:word{n}", topic=TO) for n in range(ROUTES))
    path.write_bytes(b"\n".join(map(encode_route, routes)))
    return path


def _article(name: str, text: str) -> tuple[bytes, bytes]:
    article = Article(article_id=name, text=text)
    return article.article_id.encode(), encode(article)


@contextmanager
def _flowing(bootstrap: str, topic: str) -> Iterator[list[str]]:
    """Articles that no route wants, until the end of the block; their ids are in the list."""
    sent: list[str] = []
    enough = threading.Event()

    def flow() -> None:
        while not enough.wait(0.02):
            names = [f"flow{len(sent) + n}" for n in range(5)]
            send(bootstrap, topic, [_article(name, "Nothing of note.") for name in names])
            sent.extend(names)

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        yield sent
    finally:
        enough.set()
        thread.join()


def _counter(worker: WorkerProcess, name: str) -> float:
    found = re.search(rf"^{name}(?:{{.*}})? ([\d.]+)$", worker.get("/metrics")[1], re.MULTILINE)
    assert found is not None, name
    return float(found.group(1))


def _by_id(reader: Reader, topics: tuple[str, ...]) -> dict[str, Any]:
    records: list[Any] = reader.poll()
    return {r.key.decode(): r for r in records if r.topic.endswith(topics)}


def _all_in(names: list[str], reader: Reader, topics: tuple[str, ...]) -> bool:
    return set(names) <= _by_id(reader, topics).keys()


def test_bulk_import_beside_a_running_worker(
    broker: LocalCluster,
    admin: KafkaAdminClient,
    newswire: Callable[..., Result],
    prefix: str,
    tmp_path: Path,
) -> None:
    newswire("topics", "create")
    topics = [t for t in admin.list_topics() if t.startswith(prefix)]
    reader = Reader.of_all(broker.bootstrap, topics)
    outputs = (TO, UNROUTED)
    options = SMALL_BATCHES | {"topic_prefix": prefix}
    with WorkerProcess(broker.bootstrap, "test", tmp_path, STAGES, ("route",), **options) as worker:
        worker.wait_ready()
        with _flowing(broker.bootstrap, prefix + TAGGED) as sent:
            wait_for(partial(_all_in, ["flow0"], reader, outputs), 60, worker.text)
            moves = _counter(worker, "newswire_rebalances_total")
            done = newswire("routes", "import", str(_written(tmp_path)))
            assert f"{ROUTES} written (offset {ROUTES - 1} of" in done.stdout
            wait_for(lambda: _newest(reader) == ROUTES, 60, worker.text)
        send(broker.bootstrap, prefix + TAGGED, _wanted())
        wait_for(partial(_all_in, [*sent, *_names()], reader, outputs), 60, worker.text)
        assert _counter(worker, "newswire_rebalances_total") == moves
        assert worker.get("/live")[0] == 200
    found = _by_id(reader, outputs)
    caught = {hit.route for name in _names() for hit in decode(found[name].value, Article).routes}
    assert caught == {f"r{n}" for n in range(ROUTES)}
    assert len({_version(found[name]) for name in sent} - {0, ROUTES}) >= 1
    assert _by_id(reader, (DLQ,)) == {}


def _names() -> list[str]:
    return [f"wanted{n}" for n in range(TEXTS)]


def _wanted() -> Iterator[tuple[bytes, bytes]]:
    """Articles with the words of all routes."""
    size = ROUTES // TEXTS
    for number, name in enumerate(_names()):
        words = (f"word{n}" for n in range(size * number, size * (number + 1)))
        yield _article(name, " ".join(words))


def _newest(reader: Reader) -> int:
    return max(map(_version, _by_id(reader, (TO, UNROUTED)).values()))


def _version(record: Any) -> int:
    return int(dict(record.headers)[ROUTES_OFFSET])
