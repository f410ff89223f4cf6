"""The consumer between ledger and coordinator: what a failed commit, a rebalance or a flood do."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from faust.types import TP

from streams.kafka import transport
from streams.kafka.consumer import BUFFER_BATCHES, OUTSTANDING, BatchConsumer
from streams.kafka.ledger import FetchedBatch, Ledger
from streams.kafka.versions import VersionError
from streams.settings import load

TP0, TP1 = TP("t", 0), TP("t", 1)


def records(*offsets: int) -> list[Any]:
    fields = {"value": b"x" * 10, "key": None, "timestamp": 0, "timestamp_type": 0, "headers": ()}
    return [SimpleNamespace(offset=offset, **fields) for offset in offsets]


def batch(tp: TP, *offsets: int) -> FetchedBatch:
    return FetchedBatch(tp, records(*offsets), 10 * len(offsets))


class Consumer(BatchConsumer):
    """A consumer without Faust and brokers: `answers` are those of the coordinator."""

    def __init__(self, answers: list[bool]) -> None:
        self.settings = load(batch_bytes=10_000)
        self.ledger = Ledger()
        self.epoch = 0
        self.allowed = frozenset()
        self.answers, self.asked = answers, list[dict[TP, int]]()
        self.handed_over: list[FetchedBatch] = []
        loop = SimpleNamespace(call_soon_threadsafe=lambda _: None)
        self._thread = SimpleNamespace(thread_loop=loop, wake=SimpleNamespace(set=None))  # type: ignore[assignment]

    def assignment(self) -> set[TP]:
        return {TP0, TP1}

    def _get_active_partitions(self) -> set[TP]:
        return {TP0, TP1}

    async def _commit(self, offsets: Any) -> bool:
        self.asked.append(dict(offsets))
        return self.answers.pop(0)

    async def _hand_over(self, batch: FetchedBatch) -> None:
        self.handed_over.append(batch)

    def finished(self, *offsets: int) -> None:
        done = batch(TP0, *offsets)
        self.ledger.add(done)
        self.ledger.finish(done)


def test_a_failed_commit_advances_nothing_and_is_tried_again() -> None:
    consumer = Consumer([False, True])
    consumer.finished(0, 1)

    async def body() -> None:
        assert not await consumer.force_commit()
        assert await consumer.force_commit()
        assert not await consumer.force_commit()

    asyncio.run(body())
    assert consumer.asked == [{TP0: 2}, {TP0: 2}]


def test_a_commit_that_is_answered_after_a_rebalance_does_not_count() -> None:
    consumer = Consumer([True, True])
    consumer.finished(0, 1)
    honest = consumer._commit

    async def rebalanced(offsets: Any) -> bool:
        consumer.epoch += 1
        return await honest(offsets)

    async def body() -> None:
        consumer._commit = rebalanced  # type: ignore[method-assign]
        await consumer.force_commit()
        await consumer.force_commit()

    asyncio.run(body())
    assert consumer.asked == [{TP0: 2}, {TP0: 2}]


def fetch_once(consumer: Consumer, during: Any) -> None:
    async def fetch(_: float) -> Any:
        epoch = consumer.epoch
        during()
        return epoch, {TopicPartition("t", 0): records(5, 6)}

    async def body() -> None:
        consumer._thread.fetch = fetch  # type: ignore[method-assign, assignment]
        consumer._thread.thread_loop = asyncio.get_running_loop()
        await consumer._fetch_once()

    asyncio.run(body())


def test_records_fetched_before_a_rebalance_are_dropped_after_it() -> None:
    consumer = Consumer([])
    fetch_once(consumer, lambda: setattr(consumer, "epoch", 1))
    assert (consumer.handed_over, consumer.ledger.outstanding(TP0)) == ([], 0)
    fetch_once(consumer, lambda: None)
    assert [b.first for b in consumer.handed_over] == [5]
    assert consumer.ledger.outstanding(TP0) == 1


def test_a_partition_with_enough_in_hand_is_not_fetched_and_others_are() -> None:
    consumer = Consumer([])
    waiting = [batch(TP0, n) for n in range(OUTSTANDING)]
    for each in waiting:
        consumer.ledger.add(each)
    consumer._allow()
    assert consumer.allowed == {TopicPartition("t", 1)}
    consumer.finish(waiting[0])
    assert consumer.allowed == {TopicPartition("t", 0), TopicPartition("t", 1)}


def test_no_partition_is_fetched_while_the_buffer_is_full() -> None:
    consumer = Consumer([])
    full = FetchedBatch(TP0, records(0), BUFFER_BATCHES * consumer.settings.batch_bytes)
    consumer.ledger.add(full)
    consumer._allow()
    assert consumer.allowed == frozenset()


def test_another_version_of_the_engine_stops_the_worker_at_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise VersionError("faust-streaming 9 (needs 0.15.3)")

    monkeypatch.setattr(transport, "check_versions", refuse)
    with pytest.raises(VersionError, match="needs"):
        transport.BatchTransport(load(), SimpleNamespace(), print)  # type: ignore[arg-type]


def test_producers_wait_for_all_replicas_and_are_idempotent() -> None:
    options = transport.producer_options(load())
    assert (options["acks"], options["enable_idempotence"]) == ("all", True)
