"""Deliver emissions: packed by partition, in order, checked one by one, tried until delivered.

Uses aiokafka's batch interface (one future per produce batch instead of one per record), which
is where most of a message's cost goes. Order: within a topic partition nothing is sent after a
failed piece until that piece is delivered or refused for good.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol, TypeVar

import aiokafka
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from aiokafka.structs import RecordMetadata
from mode.utils.logging import get_logger

from streams import metrics
from streams.kafka.new_topics import NewTopics
from streams.kafka.partitioner import hash_keys
from streams.reasons import Reason
from streams.stages.contract import Headers
from streams.topology import OWN

logger = get_logger(__name__)

POLL_SECONDS = 1.0
BACKOFF_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
Alive = Callable[[], bool]
Target = tuple[str, int]
T = TypeVar("T")


class AbandonedError(Exception):
    """The work was given up (its partition left us, or we stop) before all was delivered."""


class RefusedByBrokerError(Exception):
    """An emission that can never be delivered; its input record becomes a dead letter."""

    def __init__(self, position: int, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.position, self.reason, self.detail = position, reason, detail


class Producers(Protocol):
    """Where the producer comes from; `BatchProducer` is one."""

    @property
    def client(self) -> aiokafka.AIOKafkaProducer:
        """The producer in use now."""
        ...

    async def renew(self, failed: aiokafka.AIOKafkaProducer) -> None:
        """Replace `failed` unless that has happened already."""
        ...


class Sendable(Protocol):
    """A record to send: an `Outgoing` or an `Emission`."""

    @property
    def topic(self) -> str:
        """Its name on the broker."""
        ...

    @property
    def key(self) -> bytes | None:
        """Decides the partition."""
        ...

    @property
    def value(self) -> bytes | None:
        """The content."""
        ...

    @property
    def headers(self) -> Headers:
        """In order."""
        ...


@dataclass(slots=True)
class Piece:
    """Emissions (their positions) that go to one partition in one produce batch."""

    target: Target
    positions: list[int]
    future: asyncio.Future[RecordMetadata]


class Sender:
    """Delivers lists of emissions through an idempotent producer that it may renew.

    Args:
        producers: where the producer comes from.
        max_bytes: a larger key and value is refused (`output_too_large`).
        grace: seconds that the topic of an output stream may be missing (`unknown_topic`);
            for topics of our own it is waited for without end.
        prefix: what stands before the names of our own topics.
        creator: creates the topic of an output stream that is missing; None creates none.
    """

    def __init__(
        self,
        producers: Producers,
        max_bytes: int,
        grace: float,
        prefix: str = "",
        creator: NewTopics | None = None,
    ) -> None:
        self._producers = producers
        self._max_bytes = max_bytes
        self._grace = grace
        self._prefix = prefix
        self._creator = creator
        self._missing_since: dict[str, float] = {}
        self._turn = itertools.count()

    async def deliver(
        self, emissions: Sequence[Sendable], alive: Alive
    ) -> dict[int, RefusedByBrokerError]:
        """Return when each emission is acknowledged by all in-sync replicas or refused.

        Returns:
            The refused ones by position.

        Raises:
            AbandonedError: `alive()` became false first.
        """
        refused = self._too_large(emissions)
        todo = [n for n in range(len(emissions)) if n not in refused]
        delays = itertools.chain(BACKOFF_SECONDS, itertools.repeat(BACKOFF_SECONDS[-1]))
        single = False
        while todo:
            client = self._producers.client
            try:
                todo, single = await self._round(client, emissions, todo, refused, alive, single)
            except KafkaError as error:
                await self._recover(client, error, alive)
            if todo:
                await pause(next(delays), alive)
        return refused

    def _too_large(self, emissions: Sequence[Sendable]) -> dict[int, RefusedByBrokerError]:
        sizes = (len(e.value or b"") + len(e.key or b"") for e in emissions)
        return {
            n: RefusedByBrokerError(
                n, Reason.OUTPUT_TOO_LARGE, f"{size} bytes for {emissions[n].topic}"
            )
            for n, size in enumerate(sizes)
            if size > self._max_bytes
        }

    async def _round(
        self,
        client: aiokafka.AIOKafkaProducer,
        emissions: Sequence[Sendable],
        todo: list[int],
        refused: dict[int, RefusedByBrokerError],
        alive: Alive,
        single: bool,  # noqa: FBT001
    ) -> tuple[list[int], bool]:
        """Send `todo` once; what is left to send, and whether to send records one by one."""
        targets, waiting = await self._targets(client, emissions, todo, refused, alive)
        pieces = await self._send(client, emissions, targets, alive, single)
        failed = await self._settle(pieces, alive)
        if not failed:
            return waiting, False
        large = await self._failures(client, failed, refused, emissions, alive)
        left = [p for piece in failed for p in piece.positions if p not in refused]
        return sorted(waiting + left), large

    async def _targets(
        self,
        client: aiokafka.AIOKafkaProducer,
        emissions: Sequence[Sendable],
        todo: list[int],
        refused: dict[int, RefusedByBrokerError],
        alive: Alive,
    ) -> tuple[dict[Target, list[int]], list[int]]:
        """Positions by topic partition, and the positions whose topic is not there (yet)."""
        counts: dict[str, int] = {}
        for topic in {emissions[n].topic for n in todo}:
            counts[topic] = await self._partitions(client, topic, alive)
        targets: dict[Target, list[int]] = defaultdict(list)
        waiting: list[int] = []
        turn = next(self._turn)
        hashes = hash_keys([emissions[n].key or b"" for n in todo])
        for n, hashed in zip(todo, hashes, strict=True):
            topic = emissions[n].topic
            count = counts[topic]
            if count:
                number = turn if emissions[n].key is None else hashed
                targets[topic, number % count].append(n)
            elif self._may_refuse(topic):
                refused[n] = RefusedByBrokerError(n, Reason.UNKNOWN_TOPIC, topic)
            else:
                waiting.append(n)
        return targets, waiting

    async def _partitions(self, client: aiokafka.AIOKafkaProducer, topic: str, alive: Alive) -> int:
        """The number of partitions of the topic; 0 if the brokers don't know it."""
        known = client.client.cluster.partitions_for_topic(topic)
        if known is None:
            await self._current(client.client.add_topic(topic), client, alive)
            known = client.client.cluster.partitions_for_topic(topic)
        if known is None:
            if self._creator is not None and self._is_stream(topic):
                await self._current(self._creator.create(topic), client, alive)
            await self._current(client.client.force_metadata_update(), client, alive)
            known = client.client.cluster.partitions_for_topic(topic)
        if known:
            self._missing_since.pop(topic, None)
            return len(known)
        if topic not in self._missing_since:
            logger.error("Topic %s does not exist (newswire topics create makes it)", topic)
        self._missing_since.setdefault(topic, monotonic())
        return 0

    async def _current(
        self, work: Awaitable[T], client: aiokafka.AIOKafkaProducer, alive: Alive
    ) -> T:
        """`await work` of a producer that may be replaced or closed meanwhile.

        Raises:
            KafkaError: it was; a closed client would never answer.
        """

        def usable() -> bool:
            return alive() and self._producers.client is client and not client._closed  # noqa: SLF001

        try:
            return await bounded(work, usable)
        except AbandonedError:
            if alive():
                raise KafkaError("the producer was replaced") from None
            raise

    def _may_refuse(self, topic: str) -> bool:
        # Another delivery may have found the topic since this one asked.
        since = self._missing_since.get(topic, monotonic())
        return self._is_stream(topic) and monotonic() - since >= self._grace

    def _is_stream(self, topic: str) -> bool:
        return topic.removeprefix(self._prefix) not in OWN

    async def _send(
        self,
        client: aiokafka.AIOKafkaProducer,
        emissions: Sequence[Sendable],
        targets: dict[Target, list[int]],
        alive: Alive,
        single: bool,  # noqa: FBT001
    ) -> list[Piece]:
        pieces: list[Piece] = []
        for target, positions in targets.items():
            start = 0
            while start < len(positions):
                builder = client.create_batch()
                limit = start + 1 if single else len(positions)
                end = _fill(builder, emissions, positions[start:limit]) + start
                send = client.send_batch(builder, target[0], partition=target[1])
                future = await self._current(send, client, alive)
                pieces.append(Piece(target, positions[start:end], future))
                start = end
        return pieces

    async def _settle(self, pieces: list[Piece], alive: Alive) -> list[Piece]:
        """Wait for all; the pieces to send again: the failed, and those after them."""
        waiting = {piece.future for piece in pieces}
        while waiting:
            _, waiting = await asyncio.wait(waiting, timeout=POLL_SECONDS)
            if waiting and not alive():
                raise AbandonedError
        broken: set[Target] = set()
        again: list[Piece] = []
        for piece in pieces:
            if piece.target in broken or piece.future.exception() is not None:
                broken.add(piece.target)
                again.append(piece)
        return again

    async def _failures(
        self,
        client: aiokafka.AIOKafkaProducer,
        failed: list[Piece],
        refused: dict[int, RefusedByBrokerError],
        emissions: Sequence[Sendable],
        alive: Alive,
    ) -> bool:
        """Renew the producer after failures; refuse single records that are too large."""
        large = False
        for piece in failed:
            error = piece.future.exception()
            if isinstance(error, TOO_LARGE):
                large = True
                if len(piece.positions) == 1:
                    n = piece.positions[0]
                    detail = f"the broker refuses {len(emissions[n].value or b'')} bytes"
                    refused[n] = RefusedByBrokerError(n, Reason.OUTPUT_TOO_LARGE, detail)
            elif isinstance(error, InvalidTopicError):
                for n in piece.positions:
                    refused[n] = RefusedByBrokerError(n, Reason.UNKNOWN_TOPIC, piece.target[0])
            if error is not None:
                metrics.DELIVERY_ERRORS.labels(type(error).__name__).inc()
        await self._recover(client, failed[0].future.exception(), alive)
        return large

    async def _recover(
        self, client: aiokafka.AIOKafkaProducer, error: BaseException | None, alive: Alive
    ) -> None:
        logger.warning("Delivery failed and is tried again: %r", error)
        try:
            await bounded(self._producers.renew(client), alive)
        except KafkaError as failure:
            logger.warning("No new producer yet: %r", failure)


def _fill(builder: Any, emissions: Sequence[Sendable], positions: list[int]) -> int:
    """Append until the builder is full; how many went in (at least one)."""
    for count, n in enumerate(positions):
        e = emissions[n]
        headers = list(e.headers)
        if builder.append(timestamp=None, key=e.key, value=e.value, headers=headers) is None:
            return count
    builder.close()
    return len(positions)


async def bounded(work: Awaitable[T], alive: Alive) -> T:
    """`await work`, but look every moment whether it is still wanted.

    Raises:
        AbandonedError: `alive()` became false first; the work goes on unattended.
    """
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.wait({task}, timeout=POLL_SECONDS)
        if not task.done() and not alive():
            task.add_done_callback(lambda t: t.cancelled() or t.exception())
            raise AbandonedError
    return task.result()


async def pause(seconds: float, alive: Alive) -> None:
    """Sleep.

    Raises:
        AbandonedError: the work is not wanted any more.
    """
    await asyncio.sleep(seconds)
    if not alive():
        raise AbandonedError
