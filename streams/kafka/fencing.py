"""A worker whose name another worker has taken stops: else the two push each other out for ever.

aiokafka's heartbeats and commits do not say the member's name, so "unknown member" has two
meanings: the session was over, then the worker joins again; or somebody came under the same
name, then it must not. One heartbeat that says the name (KIP-345) tells them apart.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.group import HeartbeatResponse_v1
from aiokafka.protocol.types import Int32, Schema, String
from mode.utils.logging import get_logger

logger = get_logger(__name__)

FENCED_INSTANCE_ID = 82
NOT_THIS_COORDINATOR = frozenset({14, 15, 16})
"""Loading, not available, not the coordinator: it does not know, ask again."""
Member = tuple[int, str]
"""Generation and member id."""


class NameTakenError(RuntimeError):
    """Another worker of the group joined under this worker's name."""


class NamedHeartbeatResponse(Response):  # type: ignore[misc]
    """Version 3 of the answer."""

    API_KEY = 12
    API_VERSION = 3
    SCHEMA = HeartbeatResponse_v1.SCHEMA


class NamedHeartbeatStruct(RequestStruct):  # type: ignore[misc]
    """Version 3 of the request, the first that says the name."""

    API_KEY = 12
    API_VERSION = 3
    RESPONSE_TYPE = NamedHeartbeatResponse
    SCHEMA = Schema(
        ("group", String("utf-8")),
        ("generation_id", Int32),
        ("member_id", String("utf-8")),
        ("group_instance_id", String("utf-8")),
    )


class NamedHeartbeat(Request[NamedHeartbeatStruct]):  # type: ignore[misc]
    """A heartbeat that says the member's name."""

    API_KEY = 12

    def __init__(self, group: str, member: Member, name: str) -> None:
        self._content = (group, *member, name)

    def build(self, request_struct_class: type[NamedHeartbeatStruct]) -> NamedHeartbeatStruct:
        """The request on the wire."""
        return request_struct_class(*self._content)


class NameGuard:
    """Stands before every join of aiokafka's `coordinator`; joins no more once the name is taken.

    Args:
        coordinator: of a consumer that has started.
        name: the member's name (group.instance.id).
        taken: hears of it, once, in the coordinator's loop.
    """

    def __init__(
        self, coordinator: Any, name: str, taken: Callable[[NameTakenError], None]
    ) -> None:
        self._coordinator, self._name, self._taken = coordinator, name, taken
        self._join = coordinator._do_rejoin_group  # noqa: SLF001
        self._member: Member | None = None
        coordinator._do_rejoin_group = self.join  # noqa: SLF001

    async def join(self, subscription: Any) -> bool:
        """Join unless somebody else has the name; False if the group was not joined."""
        try:
            if self._member is not None and await self._is_taken(self._member):
                return await self._give_up()
            joined = bool(await self._join(subscription))
        except KafkaError:
            if self._member is not None and await self._is_taken(self._member):
                return await self._give_up()
            raise
        if joined:
            self._member = (self._coordinator.generation, self._coordinator.member_id)
        return joined

    async def _is_taken(self, member: Member) -> bool:
        """Whether another member has the name.

        Raises:
            KafkaError: the coordinator does not know now.
        """
        group = self._coordinator.group_id
        answer = await self._coordinator._send_req(  # noqa: SLF001
            NamedHeartbeat(group, member, self._name)
        )
        if answer.error_code in NOT_THIS_COORDINATOR:
            self._coordinator.coordinator_dead()
            raise KafkaError(f"the coordinator of {group} is on its way")
        return bool(answer.error_code == FENCED_INSTANCE_ID)

    async def _give_up(self) -> bool:
        self._taken(
            NameTakenError(
                f"another worker of group {self._coordinator.group_id} took the name {self._name}, "
                "so this one stops: give each worker a NEWSWIRE_INSTANCE_ID of its own"
            )
        )
        await asyncio.wait([self._coordinator._closing])  # noqa: SLF001
        return False
