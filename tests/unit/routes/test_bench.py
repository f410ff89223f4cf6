"""The routes' benchmark on a small world: what it reports, and that a wrong answer shows."""

from typing import Any

import pytest
from click.testing import CliRunner

from streams.bench import routes as bench
from streams.bench.route_mix import World
from streams.cli import main
from streams.stages.routes import RouteTable, decode, encode

SMALL = ["bench", "routes", "--routes", "400", "--articles", "4", "--naive", "2", "--changes", "9"]


def test_the_generators_routes_are_what_their_records_say() -> None:
    world = World()
    made = [world.route(number) for number in range(300)]
    assert [decode(encode(route)) for route in made] == made
    assert len({type(route.condition) for route in made}) > 4


def test_the_naive_loop_in_pieces_gives_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "CHUNK", 7)
    world = World()
    table = RouteTable.of(world.route(number) for number in range(400))
    wire = [world.article(number) for number in range(3)]
    hits = [table.match(article) for article in wire]
    assert any(hits)
    assert bench._naive(table, wire, hits)[1]
    assert not bench._naive(table, wire, [*hits[:2], []])[1]


@pytest.mark.parametrize(("equal", "code"), [(True, 0), (False, 1)])
def test_command(monkeypatch: pytest.MonkeyPatch, *, equal: bool, code: int) -> None:
    naive: Any = bench._naive
    monkeypatch.setattr(bench, "_naive", lambda *a: (naive(*a)[0], naive(*a)[1] and equal))
    monkeypatch.setattr("streams.commands.bench_routes.missed", lambda _: [])
    result = CliRunner().invoke(main, SMALL, catch_exceptions=False)
    assert result.exit_code == code, result.output
    assert "400 standing routes" in result.stdout
