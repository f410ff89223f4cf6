"""Faust's transport with our consumer and an idempotent producer; `install` puts it in an app."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiokafka
import faust
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from mode.utils.logging import get_logger
from yarl import URL

from streams.kafka.consumer import BatchConsumer
from streams.kafka.fencing import NameTakenError
from streams.kafka.security import aiokafka_options
from streams.kafka.versions import check_versions
from streams.settings import Settings

logger = get_logger(__name__)

STOP_SECONDS = 10.0
BATCH_BYTES = 512_000
"""Values collected for one produce request of a partition, before compression."""


class BatchProducer(driver.Producer):
    """Faust's producer: acks of all replicas, idempotent, zstd; can be renewed in place."""

    transport: "BatchTransport"

    def _settings_default(self) -> Mapping[str, Any]:
        return producer_options(self.transport.settings)

    def _settings_auth(self) -> Mapping[str, Any]:
        return {}

    def _settings_extra(self) -> Mapping[str, Any]:
        return {}

    @property
    def client(self) -> aiokafka.AIOKafkaProducer:
        """The producer of aiokafka that is in use now."""
        return self._ensure_producer()

    async def renew(self, failed: aiokafka.AIOKafkaProducer) -> None:
        """Replace `failed` by a new producer with a new id, unless that has happened already.

        After a refused batch the sequence of an idempotent producer has a hole, and a fenced
        one never sends again. What `failed` still held fails, so that its senders send again.
        """
        if self._producer is not failed:
            return
        logger.warning("Renewing the producer")
        fresh = self._producer = self._new_producer()
        try:
            await fresh.start()
        finally:
            await discard(failed)


async def discard(producer: aiokafka.AIOKafkaProducer) -> None:
    """Stop a producer within a bound; deliveries that it still held fail."""
    try:
        await asyncio.wait_for(producer.stop(), STOP_SECONDS)
    except (KafkaError, TimeoutError) as error:
        logger.warning("A producer did not stop in order: %r", error)
    producer._message_accumulator.fail_all(KafkaError("the producer was replaced"))  # noqa: SLF001


def producer_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of every producer of ours; retries go on until delivered or refused."""
    return {
        "bootstrap_servers": settings.bootstrap.split(","),
        "client_id": f"newswire-{settings.group}",
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "zstd",
        "linger_ms": int(settings.linger * 1000),
        "max_batch_size": BATCH_BYTES,
        "max_request_size": settings.max_output_bytes + 100_000,
        "request_timeout_ms": 20_000,
        "retry_backoff_ms": 100,
        "metadata_max_age_ms": 30_000,
        **aiokafka_options(settings),
    }


class BatchTransport(driver.Transport):
    """The transport of an app whose settings are ours."""

    Consumer = BatchConsumer
    Producer = BatchProducer

    def __init__(
        self, settings: Settings, app: faust.App, name_taken: Callable[[NameTakenError], None]
    ) -> None:
        check_versions()
        self.settings = settings
        self.name_taken = name_taken
        super().__init__([URL(f"kafka://{s.strip()}") for s in settings.bootstrap.split(",")], app)


def install(
    app: faust.App, settings: Settings, name_taken: Callable[[NameTakenError], None]
) -> BatchTransport:
    """Make `app` consume and produce through a `BatchTransport`.

    `name_taken` hears, in the app's loop, that another worker came under this one's name: the
    app reads no more.

    Raises:
        VersionError: an engine library is of a version that we did not read.
    """
    transport = BatchTransport(settings, app, name_taken)
    app.transport = transport
    app.producer_transport = transport
    return transport
