"""`newswire routes` on the topic of a real broker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from kafka import KafkaAdminClient

from streams.records import Article, encode
from streams.topology import ROUTES
from tests.kafka.conftest import Send

pytestmark = pytest.mark.kafka


def test_the_life_of_a_route(
    newswire: Callable[..., Result],
    newswire_json: Callable[..., Any],
    admin: KafkaAdminClient,
    prefix: str,
    send: Send,
) -> None:
    assert "no topic" in newswire("routes", "list", code=1).stderr
    newswire("topics", "create")
    added = newswire("routes", "add", "iran", 'phrase:"Iran"')
    assert "offset 0" in added.stdout
    assert prefix + "news.topic.iran" in admin.list_topics()
    send(prefix + ROUTES, b"{", key=b"iran")
    shown = newswire_json("routes", "show", "iran")
    assert (shown["line"], shown["offset"]) == ('phrase:"Iran"', 0)
    newswire("routes", "add", "quiet", 'phrase:"x"', "--no-create-topic")
    assert prefix + "news.topic.quiet" not in admin.list_topics()
    assert {"iran", "quiet", "defence"} <= {r["slug"] for r in newswire_json("routes", "list")}
    newswire("routes", "remove", "iran")
    newswire("routes", "show", "iran", code=1)
    assert [line for line in newswire("routes", "export").stdout.splitlines() if "quiet" in line]


def test_an_import_makes_up_for_missing_topics(
    newswire: Callable[..., Result], admin: KafkaAdminClient, prefix: str, tmp_path: Path
) -> None:
    newswire("topics", "create")
    newswire("routes", "add", "quiet", 'phrase:"x"', "--no-create-topic")
    exported = tmp_path / "routes.jsonl"
    exported.write_text(newswire("routes", "export").stdout, "utf-8")
    assert prefix + "news.topic.quiet" not in admin.list_topics()
    done = newswire("routes", "import", str(exported), "--create-topic")
    assert "0 to write, 1 as they are" in done.stdout
    assert prefix + "news.topic.quiet" in admin.list_topics()


def test_try_a_route_on_a_topic(newswire: Callable[..., Result], prefix: str, send: Send) -> None:
    newswire("topics", "create")
    texts = ("Iran talks.", "Cheese.", "Talks on Iran.")
    articles = [encode(Article(article_id=f"{n}", text=t)) for n, t in enumerate(texts)]
    send(prefix + "news.tagged", *articles)
    tried = newswire("routes", "test", "phrase:iran", "--on", prefix + "news.tagged")
    assert "2 of 3 articles" in tried.stdout


def test_no_broker(newswire: Callable[..., Result]) -> None:
    newswire("routes", "list", "--bootstrap", "127.0.0.1:1", code=3)
