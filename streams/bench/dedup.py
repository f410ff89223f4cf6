"""The dedup index at scale, on generated log values whose near-duplicate rate is a real stream's.

Values are made directly (packing real articles would measure the generator): an article is a list
of word hashes; `REPRINTS` of all are copies of an earlier one, a third of those to the letter, the
rest lightly edited, cut, or an update. Lengths are those of agency articles.
"""

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.stages.dedup import Index, postings, snapshot
from streams.stages.dedup.generation import Generation, Stretch
from streams.stages.dedup.scan import U64, sketched
from streams.stages.dedup.value import Fingerprint, pack

REPRINTS = 0.54
MEAN_WORDS = 170
LEAST_WORDS, MOST_WORDS = 40, 900
RECENT = 20_000
BATCH = 512
LOG = "generated"

Percentiles = dict[str, float]
CpuAndWall = tuple[float, float]


@dataclass(slots=True)
class Report:
    """What a run measured; times in microseconds or seconds as named.

    `read_us`: CPU and wall time an article of the log read in batches, from the empty index on, and
    `read_full_us` into the full one. `one_*_us`: query and insert of one article alone in the full
    index. CPU time stands beside wall time, which suffers from neighbours.
    """

    articles: int
    window: int
    statuses: dict[str, int] = field(default_factory=dict)
    read_us: CpuAndWall = (0.0, 0.0)
    read_full_us: CpuAndWall = (0.0, 0.0)
    one_cpu_us: Percentiles = field(default_factory=dict)
    one_wall_us: Percentiles = field(default_factory=dict)
    bytes_per_article: float = 0.0
    peak_rss_bytes: int = 0
    save_seconds: float = 0.0
    load_seconds: float = 0.0
    snapshot_bytes: int = 0


class Generator:
    """An endless stream of log values; the same seed gives the same values."""

    def __init__(self, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        self._recent: list[U64] = []
        self._number = 0

    def values(self, count: int) -> list[bytes]:
        """The next log values."""
        return [self._value(self._text()) for _ in range(count)]

    def _text(self) -> U64:
        copy = self._recent and self._random.random() < REPRINTS
        hashes = self._copy() if copy else self._article()
        if not copy:
            self._remember(hashes)
        return hashes

    def _value(self, hashes: U64) -> bytes:
        self._number += 1
        highest, codes, keys = sketched(hashes)
        fingerprint = Fingerprint(
            article_id=f"{self._number:032x}",
            content=int(hashes.sum()),
            page=self._number,
            source=1,
            published=0,
            words=int(len(hashes) * 1.6),
            flags=0,
            highest=highest,
            codes=codes,
            keys=keys,
        )
        return pack(fingerprint)

    def _article(self) -> U64:
        length = self._random.lognormal(np.log(MEAN_WORDS), 0.5)
        return self._words(int(np.clip(length, LEAST_WORDS, MOST_WORDS)))

    def _words(self, count: int) -> U64:
        """Word hashes with a long-tailed distribution, as in text."""
        ranks = (self._random.pareto(0.7, count) * 30).astype(np.uint64) % np.uint64(500_000)
        return (ranks + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) & ~np.uint64(1)

    def _remember(self, hashes: U64) -> None:
        if len(self._recent) < RECENT:
            self._recent.append(hashes)
        else:
            self._recent[int(self._random.integers(RECENT))] = hashes

    def _copy(self) -> U64:
        original = self._recent[int(self._random.integers(len(self._recent)))]
        kind = self._random.random()
        if kind < 1 / 3:
            return original
        if kind < 0.65:  # noqa: PLR2004 - light edits
            return self._edited(original, 2)
        if kind < 0.8:  # noqa: PLR2004 - cut
            return original[: max(LEAST_WORDS, len(original) * 2 // 3)]
        return np.concatenate([self._words(len(original) // 3), self._edited(original, 6)])

    def _edited(self, original: U64, edits: int) -> U64:
        edited = original.copy()
        for _ in range(edits):
            edited[int(self._random.integers(len(edited)))] = self._words(1)[0]
        return edited


def recorded(articles: int, path: Path) -> None:
    """Write generated log values to a file: length (2 bytes) and value, one after the other."""
    generator = Generator()
    with path.open("wb") as file:
        for start in range(0, articles, BATCH):
            for value in generator.values(min(BATCH, articles - start)):
                file.write(len(value).to_bytes(2, "little") + value)


def read(path: Path, batch: int = BATCH) -> Iterator[list[bytes]]:
    """The recorded values in batches."""
    values: list[bytes] = []
    with path.open("rb") as file:
        while head := file.read(2):
            values.append(file.read(int.from_bytes(head, "little")))
            if len(values) == batch:
                yield values
                values = []
    if values:
        yield values


def measure(path: Path, articles: int, window: int, folder: Path, singles: int) -> Report:
    """Fill an index from the recorded values, time single articles, save and load.

    `articles` go through the index one after the other. If `window` is larger, the index is then
    filled up to it with copies of its generations under other keys: the same memory and the same
    look-ups as if so many articles had come, without the hour that it takes to make them.
    """
    index, report = Index(max_articles=max(window, articles)), Report(articles, window)
    values = (value for batch in read(path) for value in batch)
    last = articles - 2 * singles
    report.read_us = _read(index, report, values, 0, last)
    enlarge(index, window)
    report.read_full_us = _read(index, report, values, last, singles)
    report.one_cpu_us, report.one_wall_us = _singles(index, report, list(values), last + singles)
    report.bytes_per_article = index.nbytes / index.end
    report.peak_rss_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    _snapshot(index, report, folder / "snapshot")
    return report


def _read(
    index: Index, report: Report, values: Iterator[bytes], offset: int, count: int
) -> CpuAndWall:
    cpu, wall = time.process_time(), time.perf_counter()
    for start in range(0, count, BATCH):
        batch = list(islice(values, min(BATCH, count - start)))
        _observe(index, report, batch, offset + start)
    spent = time.process_time() - cpu, time.perf_counter() - wall
    return 1e6 * spent[0] / max(1, count), 1e6 * spent[1] / max(1, count)


def enlarge(index: Index, window: int) -> None:
    """Put frozen copies of what the index holds before it, under other keys, up to `window`."""
    index.open_generation()
    real = index.generations[:-1]
    copies: list[Generation] = []
    while sum(g.length for g in [*copies, *real]) < window:
        salt = len(copies) + 1
        copies += [_copy(g, salt) for g in real]
    index.generations[:0] = copies
    base = 0
    for generation in index.generations:
        generation.base = generation.first_offset = base
        base = generation.next_offset = generation.end


def _copy(original: Generation, salt: int) -> Generation:
    arrays = original.arrays
    slots = np.where(arrays.slots == 0, arrays.slots, arrays.slots ^ np.uint64(salt << 48))
    copied = Stretch._make(array.copy() for array in arrays)
    copied = copied._replace(slots=postings.aligned(len(slots)))
    copied.slots[:] = slots
    repeated = original.repeated.copy()
    return Generation(0, 0, copied, original.used.copy(), frozen=True, repeated=repeated)


def _observe(index: Index, report: Report, values: list[bytes], offset: int) -> None:
    offsets = range(offset, offset + len(values))
    for decision in index.observe(values, offsets, offsets):
        if decision.dedup is not None:
            status = decision.dedup.status
            report.statuses[status] = report.statuses.get(status, 0) + 1


def _singles(
    index: Index, report: Report, values: list[bytes], offset: int
) -> tuple[Percentiles, Percentiles]:
    cpu, wall = np.zeros(len(values)), np.zeros(len(values))
    for number, value in enumerate(values):
        started, began = time.thread_time(), time.perf_counter()
        _observe(index, report, [value], offset + number)
        cpu[number], wall[number] = time.thread_time() - started, time.perf_counter() - began
    return percentiles(1e6 * cpu), percentiles(1e6 * wall)


def percentiles(values: NDArray[np.float64]) -> Percentiles:
    """p50, p99 and the largest."""
    found = np.percentile(values, [50, 99, 100]) if len(values) else np.zeros(3)
    return dict(zip(("p50", "p99", "max"), map(float, found), strict=True))


def _snapshot(index: Index, report: Report, folder: Path) -> None:
    frozen, window = sum(g.length for g in index.frozen), report.window
    started = time.perf_counter()
    report.snapshot_bytes = snapshot.save(index.frozen, index.identity, LOG, folder)
    report.save_seconds = time.perf_counter() - started
    index.generations.clear()
    started = time.perf_counter()
    copy = Index(max_articles=max(window, report.articles))
    snapshot.load(folder, copy, LOG)
    report.load_seconds = time.perf_counter() - started
    if copy.end != frozen:
        raise RuntimeError(f"the snapshot has {copy.end} articles, not {frozen}")
