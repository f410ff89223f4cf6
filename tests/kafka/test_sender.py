"""The sender through producers that break: everything arrives, in order, and is checked."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

import aiokafka
import pytest
from aiokafka.errors import OutOfOrderSequenceNumber, ProducerFenced
from kafka.structs import TopicPartition

from ops.broker import LocalCluster
from streams.kafka.sender import AbandonedError, Sender
from streams.kafka.transport import discard, producer_options
from streams.reasons import Reason
from streams.settings import Settings, load
from streams.stages.contract import Emission
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
            await body(producers, Sender(producers, *limits))
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
    broker: LocalCluster,
) -> None:
    async def body(_: Producers, sender: Sender) -> None:
        refused = await sender.deliver([Emission("news.topic.nowhere", b"k", b"v")], always)
        assert refused[0].reason is Reason.UNKNOWN_TOPIC
        alive = iter([True] * 12)
        with pytest.raises(AbandonedError):
            await sender.deliver(
                [Emission("news.duplicates", b"k", b"v")], lambda: next(alive, False)
            )

    run(broker.bootstrap, body, unknown_topic_grace=0.5)
