"""The routes' topic on a real broker: read whole, followed, as of an offset."""

import asyncio
import time

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from ops.broker import LocalCluster
from streams.kafka.route_topic import RouteTopic
from streams.settings import Settings, load
from streams.stages.routes import Change, RouteBook, encode, route
from streams.topology import ROUTES
from tests.kafka.conftest import Send

pytestmark = pytest.mark.kafka


@pytest.fixture
def settings(broker: LocalCluster, admin: KafkaAdminClient, prefix: str) -> Settings:
    """Settings whose prefix has a fresh routes' topic."""
    config = {"cleanup.policy": "compact"}
    admin.create_topics([NewTopic(prefix + ROUTES, 1, 1, topic_configs=config)])
    admin.wait_for_topics([prefix + ROUTES])
    return load(bootstrap=broker.bootstrap, topic_prefix=prefix)


def _write(send: Send, topic: str, slug: str, condition: str | None) -> None:
    value = None if condition is None else encode(route(slug, condition))
    send(topic, value, key=slug.encode())


def test_read_whole_then_followed_within_a_second(settings: Settings, send: Send) -> None:
    topic = settings.topic_prefix + ROUTES
    for slug, condition in (("a", "phrase:x"), ("b", "phrase:y"), ("a", "phrase:z"), ("b", None)):
        _write(send, topic, slug, condition)

    async def scenario() -> list[Change]:
        heard: list[Change] = []
        reader = RouteTopic(settings, heard=heard.extend)
        await reader.start()
        assert reader.position == 4
        assert [c.offset for c in reader.changes(0)] == [2, 3]
        assert [c.offset for c in reader.changes(3)] == [3]
        await asyncio.to_thread(_write, send, topic, "c", "phrase:c")
        acknowledged = time.monotonic()
        await asyncio.wait_for(reader.reached(5), 5)
        assert time.monotonic() - acknowledged < 1
        assert [c.key for c in reader.changes(0)] == [b"a", b"b", b"c"]
        await reader.stop()
        return heard

    assert [change.offset for change in asyncio.run(scenario())] == [4]


def test_as_of_an_offset(settings: Settings, send: Send) -> None:
    topic = settings.topic_prefix + ROUTES
    for word in ("one", "two", "three"):
        _write(send, topic, "a", f"phrase:{word}")

    async def read(until: int) -> str:
        reader = RouteTopic(settings, until)
        await reader.start()
        book = RouteBook()
        book.apply(reader.changes(0), reader.position)
        await reader.stop()
        assert book.version == until
        return str(book.table().routes()[0].condition)

    assert "two" in asyncio.run(read(2))
    assert "three" in asyncio.run(read(3))
    with pytest.raises(LookupError, match="ends at 3, before 4"):
        asyncio.run(read(4))
