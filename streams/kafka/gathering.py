"""Batches that wait for one stage go to it together.

A call of a stage costs the same milliseconds for one record as for ten, and at a low rate each
partition brings its few records alone. So whoever gets the stage takes along what waits for it:
an idle stage is asked at once, a busy one gets fewer and larger calls.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from faust.types import TP

Span = tuple[TP, int, int]
Columns = Sequence[list[Any]]


@dataclass(slots=True, frozen=True)
class Part:
    """Records of one partition: first <= offset < end, and their bytes."""

    span: Span
    size: int


Compute = Callable[[Sequence[Part], Columns], Awaitable[list[Any]]]


@dataclass(slots=True, eq=False)
class _Asked:
    part: Part
    columns: Columns
    answer: asyncio.Future[list[Any]]


class Gathering:
    """Gathers the calls of one job of one stage.

    Args:
        turn: held over every call of the stage, whatever the job.
        compute: makes one result for each row of the columns, which have one length.
        records: no call has more, unless one batch alone has.
        size: no call has more bytes, unless one batch alone has.
    """

    def __init__(self, turn: asyncio.Lock, compute: Compute, records: int, size: int) -> None:
        self._turn = turn
        self._compute = compute
        self._records = records
        self._size = size
        self._waiting: deque[_Asked] = deque()

    async def ask(self, part: Part, *columns: list[Any]) -> list[Any]:
        """The results of the rows, which are of the part, in order.

        Raises:
            ValueError: the stage broke its contract.
            Exception: the call failed, for all that were in it.
        """
        asked = _Asked(part, columns, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        try:
            async with self._turn:
                while not asked.answer.done():
                    await self._answer(self._next())
        finally:
            if asked in self._waiting:
                self._waiting.remove(asked)
        return asked.answer.result()

    def _next(self) -> list[_Asked]:
        """The oldest that fit into one call."""
        group = [self._waiting.popleft()]
        records, size = len(group[0].columns[0]), group[0].part.size
        while self._waiting:
            records += len(self._waiting[0].columns[0])
            size += self._waiting[0].part.size
            if records > self._records or size > self._size:
                break
            group.append(self._waiting.popleft())
        return group

    async def _answer(self, group: Sequence[_Asked]) -> None:
        columns = [list(chain(*parts)) for parts in zip(*(a.columns for a in group), strict=True)]
        try:
            found = await self._compute([asked.part for asked in group], columns)
            _share(group, checked(found, len(columns[0])))
        except asyncio.CancelledError:
            # Whoever called is gone; the others still want their answers.
            self._waiting.extendleft(reversed(group))
            raise
        except Exception as error:  # noqa: BLE001 - raised where each waits
            for asked in group:
                asked.answer.set_exception(error)


def checked(found: list[Any], wanted: int) -> list[Any]:
    """What a stage made, one for each of its records.

    Raises:
        ValueError: it made more or fewer.
    """
    if len(found) != wanted:
        raise ValueError(f"{len(found)} outcomes for {wanted} records")
    return found


def _share(group: Sequence[_Asked], found: list[Any]) -> None:
    at = 0
    for asked in group:
        after = at + len(asked.columns[0])
        asked.answer.set_result(found[at:after])
        at = after
