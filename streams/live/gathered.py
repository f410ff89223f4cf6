"""The wires of several worker processes as one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from streams.live.wire import KEPT

Ask = Callable[[int], Awaitable[list[dict[str, Any]]]]
"""The articles of one process after a number of its own, oldest first; none if it is silent."""


class GatheredWire:
    """Numbers the articles anew, in the order in which they were delivered.

    Args:
        workers: the processes that there are now, each under a name that no other one ever has:
            a new process begins to count anew.
    """

    def __init__(self, workers: Callable[[], dict[Hashable, Ask]]) -> None:
        self._workers = workers
        self._seen: dict[Hashable, int] = {}
        self._last: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._count = 0
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """Ask every process for what is new."""
        async with self._lock:
            workers = self._workers()
            self._seen = {name: self._seen.get(name, 0) for name in workers}
            found = await asyncio.gather(*[ask(self._seen[name]) for name, ask in workers.items()])
            for name, articles in zip(workers, found, strict=True):
                self._seen[name] = max([self._seen[name], *(a["number"] for a in articles)])
            newer = [article for articles in found for article in articles]
            for article in sorted(newer, key=lambda each: each["time"]):
                self._count += 1
                self._last.append(article | {"number": self._count})

    def since(self, number: int, most: int) -> list[dict[str, Any]]:
        """At most `most` of the newest articles after `number`, oldest first, for the page."""
        return [article for article in self._last if article["number"] > number][-most:]
