"""Brings the changes of the routes to the stage: whole at its start, then in pieces.

While routes arrive in bulk, batches pass between the pieces. The pieces are the topic's records
as they were written, not what compaction would leave, so every table that an article may see is
the topic's table at its offset.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any

from mode.utils.logging import get_logger

from streams.kafka.host import StageDiedError, StageTimeoutError
from streams.kafka.route_topic import RouteTopic
from streams.stages.routes import Change, piece_size

logger = get_logger(__name__)
RETRY_SECONDS = 1.0
Follow = Callable[[list[Change], int, int], Awaitable[int]]


class RouteFollower:
    """Keeps the stage at the position of the routes' topic.

    Args:
        topic: what is read.
        follow: has the stage apply changes up to an offset if it is at the one given last;
            returns the version that it is at.
    """

    def __init__(self, topic: RouteTopic, follow: Follow) -> None:
        self._topic = topic
        self._follow = follow
        self._waiting: deque[Change] = deque()
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self.version: int | None = None
        """No article may be routed below it; None before the first `bring`."""
        topic.heard = self._hear

    def _hear(self, changes: list[Change]) -> None:
        self._waiting.extend(changes)
        self._news.set()

    async def bring(self) -> int:
        """Bring the stage, which may know nothing, to what is read now. Returns that version."""
        async with self._turn:
            await self._bring()
            return self.version or 0

    async def _bring(self) -> None:
        self._waiting.clear()
        target = self._topic.position
        version = await self._follow([], 0, 0)
        changes = deque(self._topic.changes(version))
        while version < target:
            piece = _piece(changes)
            _drop(changes, len(piece))
            upto = piece[-1].offset + 1 if changes else target
            await self._follow(piece, upto, version)
            version = upto
        self.version = target

    async def run(self) -> None:
        """Follow the topic, a piece a turn; ends only when it is cancelled."""
        while True:
            await self._news.wait()
            try:
                async with self._turn:
                    await self._step()
            except (StageDiedError, StageTimeoutError, ValueError) as error:
                logger.warning("Following the routes: %r", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _step(self) -> None:
        if self.version is None or not self._waiting:
            self._news.clear()
            return
        piece = _piece(self._waiting)
        upto = piece[-1].offset + 1
        if await self._follow(piece, upto, self.version) < upto:
            await self._bring()
        else:
            # Only now: a piece that the stage died over must come again.
            _drop(self._waiting, len(piece))
            self.version = upto


def _piece(changes: deque[Change]) -> list[Change]:
    return list(islice(changes, piece_size(changes)))


def _drop(changes: deque[Change], count: int) -> None:
    for _ in range(count):
        changes.popleft()


def follow_by(call: Callable[..., Awaitable[list[Any]]]) -> Follow:
    """`Follow` by the jobs of a stage host."""

    async def follow(changes: list[Change], upto: int, since: int) -> int:
        (version,) = await call("follow", changes, upto, since)
        return int(version)

    return follow
