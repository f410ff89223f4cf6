"""Calls that wait for a stage go together, within bounds, and each gets its own answer."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from faust.types import TP

from streams.kafka.gathering import Columns, Gathering, Part


class Stage:
    """Doubles numbers; `calls` are the rows of each call; each needs a leave to end."""

    def __init__(self, *, fails: bool = False, short: bool = False) -> None:
        self.calls: list[list[int]] = []
        self.parts: list[int] = []
        self.leave = asyncio.Semaphore(0)
        self._fails, self._short = fails, short

    async def compute(self, parts: Sequence[Part], columns: Columns) -> list[Any]:
        self.calls.append(list(columns[0]))
        self.parts.append(len(parts))
        await asyncio.sleep(0)
        await self.leave.acquire()
        if self._fails:
            raise KeyError("stage")
        return [2 * n for n in columns[0]][self._short :]


def part() -> Part:
    return Part((TP("t", 0), 0, 1), 1)


def asked(stage: Stage, *rows: list[int], **bounds: int) -> list[Any]:
    """Tasks that ask at once."""
    limits = {"records": 100, "size": 100} | bounds
    gathering = Gathering(asyncio.Lock(), stage.compute, **limits)
    return [asyncio.ensure_future(gathering.ask(part(), row)) for row in rows]


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(body(), 10))


def test_an_idle_stage_is_asked_at_once_and_what_waits_goes_together() -> None:
    async def body() -> None:
        stage = Stage()
        tasks = asked(stage, [1], [2, 3], [], [4])
        await asyncio.sleep(0)
        assert stage.calls == [[1]]
        for _ in range(2):
            stage.leave.release()
        assert await asyncio.gather(*tasks) == [[2], [4, 6], [], [8]]
        assert stage.calls == [[1], [2, 3, 4]]
        assert stage.parts == [1, 3]

    run(body)


@pytest.mark.parametrize(
    ("bounds", "calls"),
    [
        ({"records": 3}, [[1], [2, 3], [4, 5, 6, 7], [8]]),
        ({"size": 2}, [[1], [2, 3, 4, 5, 6, 7], [8]]),
    ],
)
def test_no_call_is_over_its_bounds_unless_one_batch_is(
    bounds: dict[str, int], calls: list[list[int]]
) -> None:
    async def body() -> None:
        stage = Stage()
        stage.leave = asyncio.Semaphore(9)
        tasks = asked(stage, [1], [2, 3], [4, 5, 6, 7], [8], **bounds)
        assert await asyncio.gather(*tasks) == [[2], [4, 6], [8, 10, 12, 14], [16]]
        assert stage.calls == calls

    run(body)


def test_a_failure_is_that_of_all_who_were_in_the_call() -> None:
    async def body() -> None:
        for stage, error in ((Stage(fails=True), KeyError), (Stage(short=True), ValueError)):
            stage.leave = asyncio.Semaphore(9)
            found = await asyncio.gather(*asked(stage, [1], [2], [3]), return_exceptions=True)
            assert [type(one) for one in found] == [error] * 3

    run(body)


def test_who_is_cancelled_while_calling_takes_nobody_along() -> None:
    async def body() -> None:
        stage = Stage()
        first, second, third, fourth = asked(stage, [1], [2], [3], [4])
        await asyncio.sleep(0)
        stage.leave.release()
        assert await first == [2]
        await asyncio.sleep(0)
        assert stage.calls[1:] == [[2, 3, 4]]
        second.cancel()
        fourth.cancel()
        await asyncio.sleep(0)
        stage.leave.release()
        assert await third == [6]
        assert stage.calls[2][0] == 3

    run(body)
