"""kafka-python clients from the settings that the workers use too."""

import logging
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec

from streams.kafka.security import kafka_python_options
from streams.settings import Settings
from streams.topics import LARGE_BYTES

WAIT_MS = 10_000
FETCH_BYTES = 64_000_000
UNKNOWN_OFFSET = -1
HUNG_UP = "it hung up: wrong security protocol, user, password or authentication mechanism?"


class LastError(logging.Handler):
    """Remembers the client's last error: its reconnects are ours to report, once, in words."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message; what follows from an earlier failure says less than that."""
        message = record.getMessage()
        if "socket disconnected" in message:
            self.text = HUNG_UP
        elif "Bootstrap failed" not in message:
            self.text = message


last_error = LastError(logging.ERROR)
_logger = logging.getLogger("kafka")
_logger.addHandler(last_error)
_logger.setLevel(logging.ERROR)
_logger.propagate = False


def admin(settings: Settings) -> KafkaAdminClient:
    """An admin client; close it (it is a context manager)."""
    return KafkaAdminClient(**_options(settings))


def consumer(settings: Settings, **options: Any) -> KafkaConsumer:
    """A consumer without a group that commits nothing, with room for our largest records."""
    defaults = {
        "group_id": None,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "allow_auto_create_topics": False,
        "max_partition_fetch_bytes": LARGE_BYTES,
        "fetch_max_bytes": FETCH_BYTES,
    }
    return KafkaConsumer(**_options(settings), **{**defaults, **options})


def producer(settings: Settings, **options: Any) -> KafkaProducer:
    """An idempotent producer that waits for all in-sync replicas."""
    defaults = {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "zstd",
        "linger_ms": 5,
        "max_request_size": LARGE_BYTES,
        "allow_auto_create_topics": False,
    }
    return KafkaProducer(**_options(settings), **{**defaults, **options})


def partitions_of(client: KafkaAdminClient, topic: str) -> list[TopicPartition]:
    """The topic's partitions in order; empty if there is no such topic."""
    for found in client.describe_topics([topic]):
        if not found["error_code"]:
            numbers = sorted(part["partition_index"] for part in found["partitions"])
            return [TopicPartition(topic, number) for number in numbers]
    return []


def bounds(
    client: KafkaAdminClient, partitions: list[TopicPartition]
) -> dict[TopicPartition, tuple[int, int]]:
    """First offset and the offset after the last record, of each partition."""
    if not partitions:
        return {}
    first = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    last = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return {part: (first[part].offset, last[part].offset) for part in partitions}


def offsets_at(
    client: KafkaAdminClient, ends: dict[TopicPartition, int], timestamp_ms: int
) -> dict[TopicPartition, int]:
    """The first offset of each partition at or after the time; its end if there is none."""
    if not ends:
        return {}
    found = client.list_partition_offsets(dict.fromkeys(ends, timestamp_ms))
    return {
        part: end if found[part].offset == UNKNOWN_OFFSET else found[part].offset
        for part, end in ends.items()
    }


def _options(settings: Settings) -> dict[str, Any]:
    return kafka_python_options(settings) | {"bootstrap_timeout_ms": WAIT_MS}
