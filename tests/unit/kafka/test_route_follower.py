"""The follower between a topic of routes and a stage: what the stage is told, and when."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import pytest

from streams.kafka import route_follower
from streams.kafka.host import StageDiedError
from streams.kafka.route_follower import RouteFollower, follow_by
from streams.stages.pipeline import RouteStage
from streams.stages.routes import PIECE_CHANGES, Change, Route, RouteBook, encode, route

Scenario = Callable[["Bench"], Awaitable[None]]


class Topic:
    """A topic's copy in memory: `write` is what a broker would deliver, one slug a record."""

    def __init__(self) -> None:
        self.records: list[Change] = []
        self.position = 0
        self.heard: Callable[[list[Change]], None] | None = None

    def changes(self, since: int) -> list[Change]:
        return [change for change in self.records if change.offset >= since]

    def write(self, count: int, *, gap: int = 0) -> None:
        """`count` more routes, and `gap` offsets behind them that compaction took away."""
        first = self.position
        made = [Change(n, b"r%d" % n, encode(_route(n))) for n in range(first, first + count)]
        self.records += made
        self.position = first + count + gap
        if self.heard:
            self.heard(made)


def _route(number: int) -> Route:
    return route(f"r{number}", "phrase:up")


class Bench:
    """A follower between a topic and a real stage, which may die or start anew."""

    def __init__(self) -> None:
        self.topic = Topic()
        self.pieces: list[tuple[int, int]] = []
        self.deaths = 0
        self.forget()
        self.follower = RouteFollower(self.topic, follow_by(self._call))  # type: ignore[arg-type]

    def forget(self) -> None:
        self.stage = RouteStage(RouteBook())

    async def _call(self, job: str, changes: Sequence[Change], upto: int, since: int) -> list[int]:
        assert job == "follow"
        await asyncio.sleep(0)
        if changes and self.deaths:
            self.deaths -= 1
            self.forget()
            raise StageDiedError
        self.pieces.append((len(changes), upto))
        return [self.stage.follow(changes, upto, since)]

    def slugs(self) -> set[str]:
        return {made.slug for made in self.stage.table.routes()}

    async def until(self, version: int) -> None:
        while (self.follower.version, self.stage.table.version) != (version, version):  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    def run(self, scenario: Scenario) -> None:
        async def main() -> None:
            task = asyncio.create_task(self.follower.run())
            try:
                await asyncio.wait_for(scenario(self), 10)
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

        asyncio.run(main())


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(route_follower, "RETRY_SECONDS", 0.0)
    return Bench()


def test_at_its_start_the_stage_gets_the_whole_topic_in_pieces(bench: Bench) -> None:
    bench.topic.write(2 * PIECE_CHANGES + 1, gap=7)

    async def scenario(bench: Bench) -> None:
        assert await bench.follower.bring() == bench.topic.position

    bench.run(scenario)
    assert len(bench.slugs()) == 2 * PIECE_CHANGES + 1
    assert bench.stage.table.version == bench.topic.position
    assert [count for count, _ in bench.pieces] == [0, PIECE_CHANGES, PIECE_CHANGES, 1]


def test_an_empty_topic_with_offsets_gone_is_a_version_too(bench: Bench) -> None:
    bench.topic.write(0, gap=5)

    async def scenario(bench: Bench) -> None:
        await bench.follower.bring()

    bench.run(scenario)
    assert (bench.stage.table.version, bench.slugs()) == (5, set())


def test_changes_come_in_order_in_pieces_and_the_version_after_them(bench: Bench) -> None:
    async def scenario(bench: Bench) -> None:
        await bench.follower.bring()
        bench.topic.write(PIECE_CHANGES + 2)
        await bench.until(PIECE_CHANGES + 2)
        bench.topic.write(1)
        await bench.until(PIECE_CHANGES + 3)

    bench.run(scenario)
    counts = [piece for piece in bench.pieces if piece[0]]
    assert counts == [
        (PIECE_CHANGES, PIECE_CHANGES),
        (2, PIECE_CHANGES + 2),
        (1, PIECE_CHANGES + 3),
    ]
    assert len(bench.slugs()) == PIECE_CHANGES + 3


def test_nothing_is_followed_before_the_first_bring(bench: Bench) -> None:
    async def scenario(bench: Bench) -> None:
        bench.topic.write(3)
        await asyncio.sleep(0.05)
        assert bench.pieces == []
        assert bench.follower.version is None
        await bench.follower.bring()

    bench.run(scenario)
    assert bench.slugs() == {"r0", "r1", "r2"}


def test_a_stage_that_started_anew_gets_the_whole_table_with_the_next_change(bench: Bench) -> None:
    async def scenario(bench: Bench) -> None:
        bench.topic.write(3)
        await bench.follower.bring()
        bench.forget()
        bench.topic.write(1)
        await bench.until(4)

    bench.run(scenario)
    assert bench.slugs() == {"r0", "r1", "r2", "r3"}


@pytest.mark.parametrize("deaths", [1, 3])
def test_a_change_that_the_stage_died_over_comes_again_without_other_news(
    bench: Bench, deaths: int
) -> None:
    async def scenario(bench: Bench) -> None:
        bench.topic.write(2)
        await bench.follower.bring()
        bench.deaths = deaths
        bench.topic.write(1)
        await bench.until(3)

    bench.run(scenario)
    assert bench.slugs() == {"r0", "r1", "r2"}
    assert bench.deaths == 0
