"""The stages' real child process: killed, hung, not to be loaded; what the agent makes of it."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams.kafka.computing import Computing
from streams.kafka.host import (
    Job,
    ProcessHost,
    StageDiedError,
    StagesNotLoadedError,
    StageTimeoutError,
)
from streams.kafka.ledger import FetchedBatch
from streams.reasons import Reason
from streams.settings import Settings
from streams.stages.contract import DeadLetter, Emission, Outcome
from streams.stages.routes import Change
from tests.unit.kafka.child_stages import BROKEN

FACTORY = "tests.unit.kafka.child_stages:stages"
POSITION = 3
Body = Callable[[ProcessHost], Coroutine[Any, Any, None]]


class Killing(ProcessHost):
    """Kills its child after the first job that satisfies `when`, before the next one."""

    def __init__(self, when: Callable[[Job, list[Any]], bool]) -> None:
        super().__init__(FACTORY)
        self._when = when
        self.killed = 0

    async def call(self, job: Job, name: str, *arguments: Any, seconds: float) -> list[Any]:
        answer = await super().call(job, name, *arguments, seconds=seconds)
        if not self.killed and self._when(job, answer):
            self.killed += 1
            assert self.pid is not None
            assert self._process is not None
            os.kill(self.pid, signal.SIGKILL)
            self._process.join()
        return answer


def run(body: Body, host: ProcessHost | None = None) -> None:
    host = host or ProcessHost(FACTORY)

    async def main() -> None:
        try:
            await body(host)
        finally:
            await host.stop()

    asyncio.run(asyncio.wait_for(main(), 50))


def outcomes(host: ProcessHost, routes: Any = None) -> Awaitable[list[Outcome]]:
    """Of one record through the step "route"."""
    return made(host, routes).outcomes(batch(0, b"a"), lambda: True)


def made(host: ProcessHost, routes: Any = None) -> Computing:
    return Computing("route", Settings(), host=host, attempts=None, log=None, routes=routes)


def batch(partition: int, *values: bytes) -> FetchedBatch:
    records: list[Any] = [
        SimpleNamespace(offset=n, key=b"k", value=value, headers=())
        for n, value in enumerate(values)
    ]
    return FetchedBatch(TP("news.tagged", partition), records, sum(map(len, values)))


def test_a_child_that_dies_between_follow_and_run_is_taught_the_table_again() -> None:
    changes = [Change(n, b"slug", b"rule") for n in range(POSITION)]
    topic: Any = SimpleNamespace(position=POSITION, changes=lambda since: changes[since:])
    host = Killing(lambda job, answer: job == "follow" and answer == [POSITION])

    async def body(_: ProcessHost) -> None:
        assert await outcomes(host, topic) == [(Emission(f"version-{POSITION}", b"k", b"a"),)]

    run(body, host)
    assert host.killed == 1


def test_a_death_over_a_job_and_a_hang_are_said_and_the_next_job_is_done() -> None:
    async def body(host: ProcessHost) -> None:
        with pytest.raises(StageDiedError):
            await host.call("run", "route", [(b"die", None, ())], seconds=30)
        with pytest.raises(StageTimeoutError):
            await host.call("run", "route", [(b"hang", None, ())], seconds=0.5)
        after = await host.call("run", "route", [(b"a", None, ())], seconds=30)
        assert after == [(Emission("version-0", None, b"a"),)]

    run(body)


def test_stages_that_cannot_be_loaded_are_waited_for_and_no_record_is_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    monkeypatch.setenv(BROKEN, str(broken))

    async def body(host: ProcessHost) -> None:
        with pytest.raises(StagesNotLoadedError):
            await host.start()
        waiting = asyncio.ensure_future(outcomes(host))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        broken.unlink()
        assert await waiting == [(Emission("version-0", b"k", b"a"),)]

    run(body)


def test_a_record_that_kills_the_stage_costs_nothing_of_what_went_with_it() -> None:
    async def body(host: ProcessHost) -> None:
        computing = made(host)
        batches = [batch(0, b"a"), batch(1, b"b", b"die"), batch(2, b"c", b"d")]
        found = await asyncio.gather(*[computing.outcomes(b, lambda: True) for b in batches])
        said = [[_values(outcome) for outcome in outcomes] for outcomes in found]
        assert said == [[b"a"], [b"b", Reason.KILLED_WORKER], [b"c", b"d"]]

    run(body)


def _values(outcome: Outcome) -> Any:
    return outcome.reason if isinstance(outcome, DeadLetter) else outcome[0].value
