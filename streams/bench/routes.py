"""Speed, memory and pauses of matching against many routes, next to the naive loop.

The naive loop tries every route on every article with the same clauses; both must give the same
answers, evidence included.
"""

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from streams.bench.route_mix import World
from streams.records import Article, RouteHit
from streams.stages.pipeline import RouteStage
from streams.stages.routes import (
    PIECE_CHANGES,
    Change,
    Route,
    RouteBook,
    RouteTable,
    encode,
    piece_size,
    route,
)
from streams.stages.routes.evaluate import evidence
from streams.stages.routes.probes import Node, Probes
from streams.stages.routes.view import View

CHUNK = 10_000
"""So many routes at once the naive loop has ready: a million would take another 2 GB."""
REPEATS = 5
"""Each article is timed so often and its fastest time counts: others use the machine too."""


@dataclass(frozen=True)
class Figures:
    """What was measured: seconds, bytes, articles a second on one core.

    Seconds are of CPU, so that others on the machine disturb less, but for those called wall.
    """

    routes: int
    articles: int
    load_seconds: float
    memory_bytes: int
    articles_per_second: float
    wall_articles_per_second: float
    hits_per_article: float
    candidates_per_article: float
    naive_articles_per_second: float
    equal: bool
    changes: int
    live_worst_wall_seconds: float
    pause_worst_seconds: float
    pause_worst_wall_seconds: float
    bulk_pause_worst_seconds: float
    bulk_pause_worst_wall_seconds: float


class Watch:
    """Wall time and CPU time of this thread in laps, and the worst of them."""

    def __init__(self) -> None:
        self.lap_begun = (time.perf_counter(), time.thread_time())
        self.worst_wall = self.worst_cpu = 0.0

    def start_lap(self) -> None:
        """A lap begins."""
        self.lap_begun = (time.perf_counter(), time.thread_time())

    def end_lap(self) -> tuple[float, float]:
        """Wall and CPU seconds of the lap."""
        wall = time.perf_counter() - self.lap_begun[0]
        cpu = time.thread_time() - self.lap_begun[1]
        self.worst_wall, self.worst_cpu = max(self.worst_wall, wall), max(self.worst_cpu, cpu)
        return wall, cpu


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
    RouteTable.of([route("warm", "phrase:up")]).match(wire[0])
    gc.collect()
    before = resident_bytes()
    progress("loading routes")
    stage = RouteStage(RouteBook())
    loading = Watch()
    load = _load(stage, (_change(offset, world.route(offset)) for offset in range(count)), loading)
    if len(stage.table.routes()) != count:
        raise ValueError("the generator made a bad route")
    gc.collect()
    memory = resident_bytes() - before
    table = stage.table
    progress("matching")
    wall, cpu, hits = _speed(table, wire)
    progress("the naive loop")
    naive_speed, equal = _naive(table, wire[:naive], hits)
    progress("adding, changing and removing routes")
    changing = Watch()
    live = _change_while_matching(stage, wire, changes, changing)
    return Figures(
        routes=count,
        articles=articles,
        load_seconds=load,
        memory_bytes=memory,
        articles_per_second=len(wire) / cpu,
        wall_articles_per_second=len(wire) / wall,
        hits_per_article=sum(map(len, hits)) / len(hits),
        candidates_per_article=sum(_candidates(table, a) for a in wire) / len(wire),
        naive_articles_per_second=naive_speed,
        equal=equal,
        changes=changes,
        live_worst_wall_seconds=live,
        pause_worst_seconds=changing.worst_cpu,
        pause_worst_wall_seconds=changing.worst_wall,
        bulk_pause_worst_seconds=loading.worst_cpu,
        bulk_pause_worst_wall_seconds=loading.worst_wall,
    )


def _change(offset: int, made: Route) -> Change:
    return Change(offset, made.slug.encode(), encode(made))


def _load(stage: RouteStage, written: Iterator[Change], watch: Watch) -> float:
    """CPU seconds of a bulk load as a worker sees it: in pieces, with articles between them."""
    waiting: deque[Change] = deque()
    version, cpu = 0, 0.0
    while True:
        waiting.extend(islice(written, PIECE_CHANGES - len(waiting)))
        if not waiting:
            return cpu
        piece = [waiting.popleft() for _ in range(piece_size(waiting))]
        watch.start_lap()
        version = stage.follow(piece, piece[-1].offset + 1, version)
        cpu += watch.end_lap()[1]


def _speed(table: RouteTable, wire: Sequence[Article]) -> tuple[float, float, list[list[RouteHit]]]:
    """Wall and CPU seconds of the fastest passes, and the answers."""
    laps = [[_timed(table, article) for _ in range(REPEATS)] for article in wire]
    wall = sum(min(wall for wall, _ in several) for several in laps)
    cpu = sum(min(cpu for _, cpu in several) for several in laps)
    return wall, cpu, [table.match(article) for article in wire]


def _timed(table: RouteTable, article: Article) -> tuple[float, float]:
    watch = Watch()
    table.match(article)
    return watch.end_lap()


def _naive(
    table: RouteTable, wire: Sequence[Article], hits: list[list[RouteHit]]
) -> tuple[float, bool]:
    """Articles a second of CPU by trying every route, and whether the answers are the same."""
    views = [table.view(article) for article in wire]
    answers: list[list[RouteHit]] = [[] for _ in wire]
    every, seconds = iter(table.routes()), 0.0
    while some := [(made, Probes().compile(made.condition)) for made in islice(every, CHUNK)]:
        begun = time.thread_time()
        for view, answer in zip(views, answers, strict=True):
            answer.extend(_tried(some, view))
        seconds += time.thread_time() - begun
        for view in views:
            view.hits.clear()
    return len(wire) / seconds, answers == hits[: len(wire)]


def _tried(routes: Sequence[tuple[Route, Node]], view: View) -> list[RouteHit]:
    return [
        RouteHit(route=made.slug, topic=made.topic, evidence=found)
        for made, node in routes
        if (found := evidence(node, view)) is not None
    ]


def _candidates(table: RouteTable, article: Article) -> int:
    view: View = table.view(article)
    return len(table.candidates(view))


def _change_while_matching(
    stage: RouteStage, wire: Sequence[Article], changes: int, watch: Watch
) -> float:
    """Worst wall time until a change decides about an article; `watch` laps the changes.

    Between any two articles a route is added, changed or removed; a pause is the time that
    applying takes, since nothing else stops the matching.
    """
    live, version = 0.0, stage.table.version
    for number in range(changes):
        target = wire[number % len(wire)]
        change = _planned(version, number, target)
        begun = time.perf_counter()
        watch.start_lap()
        version = stage.follow([change], change.offset + 1, version)
        watch.end_lap()
        caught = any(hit.route == "planted" for hit in stage.table.match(target))
        if caught != (change.value is not None):
            raise ValueError(f"change {number} is not live")
        live = max(live, time.perf_counter() - begun)
    return live


def _planned(offset: int, number: int, target: Article) -> Change:
    if number % 3 == 2:  # noqa: PLR2004 - every third change removes the route again
        return Change(offset, b"planted", None)
    phrase = target.text.split()[number % 200].strip(".")
    return _change(offset, route("planted", f'phrase:"{phrase}"'))
