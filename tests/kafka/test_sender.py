"""The sender through producers that break: everything arrives, in order, and is checked."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from typing import Any

import aiokafka
import pytest
from aiokafka.errors import OutOfOrderSequenceNumber, ProducerFenced
from kafka import KafkaAdminClient
from kafka.structs import TopicPartition

from ops.broker import LocalCluster
from ops.topics import check
from streams.kafka.new_topics import NewTopics
from streams.kafka.sender import AbandonedError, Sender
from streams.kafka.transport import discard, producer_options
from streams.reasons import Reason
from streams.settings import Settings, load
from streams.stages.contract import Emission
from streams.topics import catalogue
from tests.conftest import MakeTopic
from tests.workers import Reader, wait_for

pytestmark = pytest.mark.kafka


class Producers:
    """A producer that can be replaced, as `BatchProducer` does it, without Faust."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.client: aiokafka.AIOKafkaProducer = None
        self.renewals = 0

    async def start(self) -> None:
        self.client = aiokafka.AIOKafkaProducer(**producer_options(self._settings))
        await self.client.start()

    async def renew(self, failed: aiokafka.AIOKafkaProducer) -> None:
        if self.client is failed:
            self.renewals += 1
            await self.start()
            await discard(failed)


Body = Callable[[Producers, Sender], Coroutine[Any, Any, None]]


def run(bootstrap: str, body: Body, **options: Any) -> Producers:
    settings = load(bootstrap=bootstrap, **options)
    limits = settings.max_output_bytes, settings.unknown_topic_grace

    async def main() -> Producers:
        producers = Producers(settings)
        await producers.start()
        try:
            prefix, creator = settings.topic_prefix, NewTopics(settings)
            await body(producers, Sender(producers, *limits, prefix, creator))
        finally:
            await producers.client.stop()
        return producers

    return asyncio.run(asyncio.wait_for(main(), 60))


def numbered(topic: str, begin: int, end: int) -> list[Emission]:
    return [Emission(topic, b"key", b"%d" % n) for n in range(begin, end)]


def values(bootstrap: str, topic: str, count: int) -> list[bytes]:
    reader = Reader(bootstrap, {TopicPartition(topic, 0): 0})
    wait_for(lambda: len(reader.poll()) >= count, 30)
    records: list[Any] = reader.records
    reader.close()
    return [record.value for record in records]


def always() -> bool:
    return True


@pytest.mark.parametrize("error", [OutOfOrderSequenceNumber, ProducerFenced])
def test_a_producer_that_is_fenced_or_out_of_order_is_replaced_and_nothing_is_missing(
    broker: LocalCluster, make_topic: MakeTopic, error: type[Exception]
) -> None:
    topic = make_topic()

    async def body(producers: Producers, sender: Sender) -> None:
        assert await sender.deliver(numbered(topic, 0, 5), always) == {}
        producers.client._message_accumulator.fail_all(error())
        assert await sender.deliver(numbered(topic, 5, 10), always) == {}

    assert run(broker.bootstrap, body).renewals == 1
    assert values(broker.bootstrap, topic, 10) == [b"%d" % n for n in range(10)]


def test_a_producer_that_is_closed_under_way_is_replaced(
    broker: LocalCluster, make_topic: MakeTopic
) -> None:
    topic = make_topic()

    async def body(producers: Producers, sender: Sender) -> None:
        await producers.client.stop()
        assert await sender.deliver(numbered(topic, 0, 5), always) == {}

    assert run(broker.bootstrap, body).renewals == 1
    assert values(broker.bootstrap, topic, 5) == [b"%d" % n for n in range(5)]


def test_a_refused_record_goes_alone_and_those_after_it_stay_in_order(
    broker: LocalCluster, make_topic: MakeTopic
) -> None:
    topic = make_topic(max_message_bytes="20000")
    large = Emission(topic, b"key", os.urandom(50_000))
    emissions = [*numbered(topic, 0, 3), large, *numbered(topic, 3, 6)]

    async def body(_: Producers, sender: Sender) -> None:
        refused = await sender.deliver(emissions, always)
        assert {n: error.reason for n, error in refused.items()} == {3: Reason.OUTPUT_TOO_LARGE}

    run(broker.bootstrap, body)
    assert values(broker.bootstrap, topic, 6) == [b"%d" % n for n in range(6)]


def test_a_missing_stream_is_refused_after_its_grace_and_a_topic_of_our_own_never(
    broker: LocalCluster, unique_name: Callable[[str], str]
) -> None:
    prefix = unique_name("missing") + "."
    stream, own = prefix + "news.topic.nowhere", prefix + "news.duplicates"

    async def body(_: Producers, sender: Sender) -> None:
        refused = await sender.deliver([Emission(stream, b"k", b"v")], always)
        assert refused[0].reason is Reason.UNKNOWN_TOPIC
        alive = iter([True] * 12)
        with pytest.raises(AbandonedError):
            await sender.deliver([Emission(own, b"k", b"v")], lambda: next(alive, False))

    options: dict[str, Any] = {"unknown_topic_grace": 0.5, "create_output_topics": False}
    run(broker.bootstrap, body, topic_prefix=prefix, **options)


def test_the_missing_topic_of_a_stream_is_created_as_the_settings_say(
    broker: LocalCluster, admin: KafkaAdminClient, unique_name: Callable[[str], str]
) -> None:
    prefix = unique_name("made") + "."
    stream = prefix + "news.topic.new-desk"

    async def body(_: Producers, sender: Sender) -> None:
        emissions = [Emission(stream, b"k", b"v"), Emission(prefix + "elsewhere", b"k", b"v")]
        assert await sender.deliver(emissions, always) == {}

    options: dict[str, Any] = {"topic_partitions": 3, "topic_retention_hours": 5}
    run(broker.bootstrap, body, topic_prefix=prefix, **options)
    settings = load(bootstrap=broker.bootstrap, topic_prefix=prefix, **options)
    wanted = [s for s in catalogue(settings, ["news.topic.new-desk"]) if s.name == stream]
    assert [spec.partitions for spec in wanted] == [3]
    assert check(admin, wanted, 1) == []


def test_a_topic_that_kafka_refuses_does_not_hold_up_the_others(
    broker: LocalCluster, make_topic: MakeTopic
) -> None:
    topic = make_topic()

    async def body(_: Producers, sender: Sender) -> None:
        emissions = [Emission("news.topic.a b", b"k", b"v"), *numbered(topic, 0, 3)]
        delivering = asyncio.create_task(sender.deliver(emissions, always))
        await asyncio.to_thread(values, broker.bootstrap, topic, 3)
        assert not delivering.done()
        refused = await delivering
        assert {n: error.reason for n, error in refused.items()} == {0: Reason.UNKNOWN_TOPIC}
        again = time.monotonic()
        assert list(await sender.deliver(emissions[:1], always)) == [0]
        assert time.monotonic() - again < 2

    run(broker.bootstrap, body, unknown_topic_grace=8)


def test_a_topic_that_another_delivery_finds_meanwhile_is_sent_to(
    broker: LocalCluster, make_topic: MakeTopic
) -> None:
    first, second = make_topic(), make_topic()
    emissions = [Emission(first, b"key", b"0"), Emission(second, b"key", b"1")]

    async def body(_: Producers, sender: Sender) -> None:
        asked: set[str] = set()
        partitions = sender._partitions

        async def slow(client: Any, topic: str, alive: Any) -> int:
            """The first delivery is told of no topic, and the second finds it before it goes on."""
            if topic in asked:
                return await partitions(client, topic, alive)
            asked.add(topic)
            sender._missing_since[topic] = 0.0
            if len(asked) == len(emissions):
                assert await sender.deliver(emissions, always) == {}
            return 0

        sender._partitions = slow  # type: ignore[method-assign]
        assert await sender.deliver(emissions, always) == {}

    run(broker.bootstrap, body)
    assert values(broker.bootstrap, first, 2) == [b"0", b"0"]
