"""Move the offsets of a consumer group that is at rest."""

from dataclasses import asdict, dataclass
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import NoError

from ops import groups
from ops.clients import bounds, offsets_at

AT_REST = {"Empty", "Dead"}


class GroupActiveError(RuntimeError):
    """The group has members: they would overwrite the new offsets, or lose their place."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where one partition's offset stands (None: nowhere yet) and where it shall go."""

    topic: str
    partition: int
    before: int | None
    after: int

    def as_json(self) -> dict[str, Any]:
        """All fields."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: exactly one is set. `at` in milliseconds since 1970."""

    earliest: bool = False
    latest: bool = False
    at: int | None = None
    offset: int | None = None
    shift: int | None = None


def check_at_rest(client: KafkaAdminClient, group: str) -> None:
    """Return if the group has no members.

    Raises:
        GroupActiveError: it has.
    """
    found = groups.describe(client, group)
    if found["group_state"] not in AT_REST:
        members = len(found["members"])
        raise GroupActiveError(f"group {group} is {found['group_state']} with {members} member(s)")


def plan(
    client: KafkaAdminClient, group: str, parts: list[TopicPartition], target: Target
) -> list[Move]:
    """The move of each partition, kept inside its first and end offset."""
    found = bounds(client, parts)
    before = groups.committed(client, group, parts)
    times = {}
    if target.at is not None:
        times = offsets_at(client, {part: end for part, (_, end) in found.items()}, target.at)
    return [
        Move(
            part.topic,
            part.partition,
            before.get(part),
            _after(target, found[part], before.get(part), times.get(part)),
        )
        for part in parts
    ]


def _after(target: Target, bound: tuple[int, int], before: int | None, at_time: int | None) -> int:
    first, end = bound
    if target.earliest:
        return first
    if target.latest:
        return end
    if target.offset is not None:
        wanted = target.offset
    elif target.shift is not None:
        wanted = (first if before is None else before) + target.shift
    else:
        wanted = end if at_time is None else at_time
    return min(max(first, wanted), end)


def execute(client: KafkaAdminClient, group: str, moves: list[Move]) -> dict[TopicPartition, str]:
    """Commit the moves. Returns the error of each partition that was refused."""
    wanted = {TopicPartition(move.topic, move.partition): move.after for move in moves}
    answers = groups.commit(client, group, wanted)
    return {part: error.__name__ for part, error in answers.items() if error is not NoError}
