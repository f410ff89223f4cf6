"""Consumer groups, asked with patience: a new cluster makes its offsets topic at the first ask."""

import time
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NotCoordinatorError,
)
from kafka.structs import OffsetAndMetadata

P = ParamSpec("P")
R = TypeVar("R")
PATIENCE_SECONDS = 15.0
PAUSE_SECONDS = 0.2
SOON_OVER = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)


def committed(
    client: KafkaAdminClient, group: str, parts: list[TopicPartition] | None = None
) -> dict[TopicPartition, int]:
    """The group's committed offsets, of `parts` or of all; partitions without one are left out."""
    found = patiently(client.list_group_offsets, {group: parts})[group]
    return {part: at.offset for part, at in found.items() if at.offset >= 0}


def commit(
    client: KafkaAdminClient, group: str, offsets: Mapping[TopicPartition, int]
) -> dict[TopicPartition, Any]:
    """Commit for a group at rest. Returns the error class of each partition (NoError)."""
    wanted = {part: OffsetAndMetadata(offset, "", None) for part, offset in offsets.items()}
    return patiently(_alter, client, group, wanted)


def _alter(
    client: KafkaAdminClient, group: str, wanted: Mapping[TopicPartition, OffsetAndMetadata]
) -> dict[TopicPartition, Any]:
    answer: dict[TopicPartition, Any] = client.alter_group_offsets(group, wanted)
    for error in answer.values():
        if issubclass(error, SOON_OVER):
            raise error
    return answer


def describe(client: KafkaAdminClient, group: str) -> dict[str, Any]:
    """State and members of the group."""
    answer: dict[str, Any] = patiently(client.describe_groups, [group])[group]
    return answer


def patiently(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`function(...)`, again while the group's coordinator is on its way.

    Raises:
        KafkaError: it was not there in `PATIENCE_SECONDS`, or another error.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return function(*args, **kwargs)
        except SOON_OVER:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)
