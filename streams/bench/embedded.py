"""The embedded job by stage: CPU microseconds an article, articles a second, peak memory."""

import resource
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from streams.bench.load import articles
from streams.local.job import Job
from streams.local.ordered import Inline
from streams.local.sources import Sourced
from streams.records import Article, decode, encode
from streams.stages.clean import clean, parse
from streams.stages.contract import Record
from streams.stages.dedup import Index, fingerprint, finish
from streams.stages.entities import load_tagger
from streams.stages.pipeline import load_route_stage
from streams.stages.subjects import load_classifier
from streams.text.tokens import tokenise

T = TypeVar("T")
MAX_BYTES = 2_000_000


@dataclass(slots=True)
class Stopwatch:
    """CPU nanoseconds of this process by name."""

    spent: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def time(self, name: str, function: Callable[[], T]) -> T:
        """`function()`, its CPU time added to `name`."""
        started = time.process_time_ns()
        result = function()
        self.spent[name] += time.process_time_ns() - started
        return result


@dataclass(slots=True)
class Figures:
    """`stages` in CPU µs an article; `reference` is a fixed pure-Python loop on this machine."""

    articles: int
    mean_bytes: int
    articles_per_second: float
    cpu_us_per_article: float
    stages: dict[str, float]
    reference_us: float
    peak_megabytes: float


def measure(number: int, batch: int) -> Figures:
    """Run `number` generated articles through every stage, and through the whole job."""
    load = [Record(value) for value in articles(number)]
    watch = _by_stage(load, batch)
    seconds, cpu = _whole(load, batch)
    return Figures(
        articles=number,
        mean_bytes=sum(len(r.value or b"") for r in load) // number,
        articles_per_second=number / seconds,
        cpu_us_per_article=cpu * 1e6 / number,
        stages={name: ns / 1e3 / number for name, ns in watch.spent.items()},
        reference_us=_reference_us(),
        peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _by_stage(load: Sequence[Record], batch: int) -> Stopwatch:
    stages = _Stages(Stopwatch())
    stages.run(load[:batch], 0)
    stages.watch = Stopwatch()
    for start in range(batch, len(load), batch):
        stages.run(load[start : start + batch], start)
    scale = len(load) / max(1, len(load) - batch)
    stages.watch.spent = defaultdict(
        int, {name: int(ns * scale) for name, ns in stages.watch.spent.items()}
    )
    return stages.watch


class _Stages:
    def __init__(self, watch: Stopwatch) -> None:
        self.watch = watch
        self._index = Index()
        self._tagger = load_tagger()
        self._classifier = load_classifier()
        self._routes = load_route_stage().table

    def run(self, records: Sequence[Record], offset: int) -> None:
        time_ = self.watch.time
        raws = time_("parse", lambda: [parse(record, MAX_BYTES) for record in records])
        outcomes = time_("clean", lambda: clean(raws))
        cleaned = [article for article in outcomes if isinstance(article, Article)]
        prints = time_("fingerprint", lambda: fingerprint(cleaned))
        offsets = range(offset, offset + len(cleaned))
        decisions = time_("index", lambda: self._index.observe(prints, offsets, [0] * len(cleaned)))
        time_(
            "dedup output", lambda: [finish(*pair) for pair in zip(cleaned, decisions, strict=True)]
        )
        unique = [
            a
            for a, d in zip(cleaned, decisions, strict=True)
            if d.dedup is None or d.dedup.status != "duplicate"
        ]
        self._enrich(unique)

    def _enrich(self, unique: list[Article]) -> None:
        time_ = self.watch.time
        tokens = time_("tokens", lambda: tokenise([a.text for a in unique]))
        for article, entities in zip(
            unique, time_("entities", lambda: self._tagger.tag(unique, tokens)), strict=True
        ):
            article.entities = entities
        subjects = time_("subjects", lambda: self._classifier.classify(unique, tokens))
        for article, found in zip(unique, subjects, strict=True):
            article.subjects = found
        routes = time_("routes", lambda: [self._routes.match(article) for article in unique])
        for article, hits in zip(unique, routes, strict=True):
            article.routes = hits
        values = time_("json encode", lambda: [encode(a) for a in unique])
        time_("json decode", lambda: [decode(v, Article) for v in values])


def _whole(load: Sequence[Record], batch: int) -> tuple[float, float]:
    job = Job(Index(), (), batch_records=batch, max_bytes=MAX_BYTES)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in job.steps((Sourced(record, "") for record in load), Inline()):
        pass
    return time.perf_counter() - wall, time.process_time() - cpu


def _reference_us() -> float:
    started = time.process_time_ns()
    total = 0
    for number in range(1_000_000):
        total += number & 7
    return (time.process_time_ns() - started) / 1e3
