"""Speed, memory and pauses of matching against many routes, next to the naive loop.

The naive loop tries every route on every article with the same clauses; both must give the same
answers, evidence included.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from streams.bench.route_mix import World
from streams.records import Article, RouteHit
from streams.stages.routes import Change, Route, RouteBook, RouteTable, encode, route
from streams.stages.routes.evaluate import evidence
from streams.stages.routes.probes import Node, Probes
from streams.stages.routes.view import View

CHUNK = 100
"""Routes applied at once while loading."""
REPEATS = 5
"""Each article is timed so often and its fastest time counts: others use the machine too."""


@dataclass(frozen=True)
class Figures:
    """What was measured: seconds, bytes, articles a second on one core."""

    routes: int
    articles: int
    load_seconds: float
    memory_bytes: int
    articles_per_second: float
    hits_per_article: float
    candidates_per_article: float
    naive_articles_per_second: float
    equal: bool
    changes: int
    live_worst_seconds: float
    pause_worst_seconds: float
    loading_pause_worst_seconds: float


def resident_bytes() -> int:
    """Memory of this process that is in RAM."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4_096


def measure(
    count: int,
    *,
    articles: int,
    naive: int,
    changes: int,
    progress: Callable[[str], None],
    seed: int = 7,
) -> Figures:
    """Load `count` routes, match `articles`, compare `naive` of them, then apply `changes`."""
    world = World(seed)
    wire = [world.article(number) for number in range(articles)]
    progress("writing routes")
    written = [_change(offset, world.route(offset)) for offset in range(count)]
    gc.collect()
    before = resident_bytes()
    progress("loading routes")
    book = RouteBook()
    load, loading_pause = _load(book, written)
    gc.collect()
    memory = resident_bytes() - before
    gc.freeze()
    table = book.table()
    progress("matching")
    speed, hits = _speed(table, wire)
    progress("the naive loop")
    naive_speed, equal = _naive(table, wire[:naive], hits)
    progress("adding, changing and removing routes")
    live, pause = _change_while_matching(book, wire, changes)
    return Figures(
        routes=count,
        articles=articles,
        load_seconds=load,
        memory_bytes=memory,
        articles_per_second=speed,
        hits_per_article=sum(map(len, hits)) / len(hits),
        candidates_per_article=sum(_candidates(table, a) for a in wire) / len(wire),
        naive_articles_per_second=naive_speed,
        equal=equal,
        changes=changes,
        live_worst_seconds=live,
        pause_worst_seconds=pause,
        loading_pause_worst_seconds=loading_pause,
    )


def _change(offset: int, made: Route) -> Change:
    return Change(offset, made.slug.encode(), encode(made))


def _load(book: RouteBook, written: Sequence[Change]) -> tuple[float, float]:
    begun, worst = time.perf_counter(), 0.0
    for start in range(0, len(written), CHUNK):
        chunk = time.perf_counter()
        ignored = book.apply(written[start : start + CHUNK])
        worst = max(worst, time.perf_counter() - chunk)
        if ignored:
            raise ValueError(f"the generator made a bad route: {ignored[0]}")
    return time.perf_counter() - begun, worst


def _speed(table: RouteTable, wire: Sequence[Article]) -> tuple[float, list[list[RouteHit]]]:
    fastest = [min(_timed(table, article) for _ in range(REPEATS)) for article in wire]
    return len(wire) / sum(fastest), [table.match(article) for article in wire]


def _timed(table: RouteTable, article: Article) -> float:
    begun = time.perf_counter()
    table.match(article)
    return time.perf_counter() - begun


def _naive(
    table: RouteTable, wire: Sequence[Article], hits: list[list[RouteHit]]
) -> tuple[float, bool]:
    routes = [(made, Probes().compile(made.condition)) for made in table.routes()]
    begun = time.process_time()
    answers = [_tried(routes, table, article) for article in wire]
    speed = len(wire) / (time.process_time() - begun)
    return speed, answers == hits[: len(wire)]


def _tried(
    routes: Sequence[tuple[Route, Node]], table: RouteTable, article: Article
) -> list[RouteHit]:
    view = table.view(article)
    return [
        RouteHit(route=made.slug, topic=made.topic, evidence=found)
        for made, node in routes
        if (found := evidence(node, view)) is not None
    ]


def _candidates(table: RouteTable, article: Article) -> int:
    view: View = table.view(article)
    return len(table.candidates(view))


def _change_while_matching(
    book: RouteBook, wire: Sequence[Article], changes: int
) -> tuple[float, float]:
    """Worst time until a change decides about an article, and worst pause of the matching.

    Between any two articles a route is added, changed or removed; a pause is the time that
    applying takes, since nothing else stops the matching.
    """
    live = pause = 0.0
    for number in range(changes):
        target = wire[number % len(wire)]
        change = _planned(book.version, number, target)
        begun = time.perf_counter()
        book.apply([change])
        applied = time.perf_counter()
        caught = any(hit.route == "planted" for hit in book.table().match(target))
        if caught != (change.value is not None):
            raise ValueError(f"change {number} is not live")
        live = max(live, time.perf_counter() - begun)
        pause = max(pause, applied - begun)
    return live, pause


def _planned(offset: int, number: int, target: Article) -> Change:
    if number % 3 == 2:  # noqa: PLR2004 - every third change removes the route again
        return Change(offset, b"planted", None)
    phrase = target.text.split()[number % 200].strip(".")
    return _change(offset, route("planted", f'phrase:"{phrase}"'))
