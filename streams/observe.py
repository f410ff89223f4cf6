"""What the outcomes of a stage say about the news: how many, how fresh, how richly enriched.

Counts and freshness since arrival are exact; what only the value says (entities, subjects, times
of publication and scraping) is read from every `SAMPLE`th article, as reading costs more than
counting.
"""

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import orjson
from faust.types import TP

from streams import metrics
from streams.stages.contract import Emission
from streams.topology import DUPLICATES, TAGGED, UNIQUE, UNROUTED

SAMPLE = 16
_MEANING = {UNIQUE: "unique", DUPLICATES: "duplicate", TAGGED: "tagged", UNROUTED: "unrouted"}
_UPDATE = b'"dedup":{"status":"update"'
# No article's text can hold this: in a JSON string the quotes are escaped.
_RELATED = b'"relation":"related"'
_counter = itertools.count()


def outcome(emission: Emission) -> str:
    """What became of the article: unique, update, duplicate, tagged, routed or unrouted."""
    meaning = _MEANING.get(emission.topic, "routed")
    return "update" if meaning == "unique" and _UPDATE in emission.value else meaning


def observe(
    stage: str,
    articles: Iterable[tuple[Sequence[Emission], bytes | None]],
    now: float | None = None,
) -> None:
    """Count the delivered outputs of a batch: per article its emissions and `APPENDED` header.

    The topics are the catalogue's, without a prefix. `now` is Unix time. A value that does not
    read as an article counts by its topic only.
    """
    at = time.time() if now is None else now
    counts: Counter[str] = Counter()
    for emissions, appended in articles:
        if emissions:
            became = outcome(emissions[0])
            counts[became] += 1
            _observe(became, emissions, appended, at)
    for became, count in counts.items():
        metrics.ARTICLES.labels(stage, became).inc(count)


def _observe(
    became: str, emissions: Sequence[Emission], appended: bytes | None, now: float
) -> None:
    if relation := _relation(became, emissions[0].value):
        metrics.RELATIONS.labels(relation).inc()
    if became in {"routed", "unrouted"}:
        metrics.ROUTES_PER_ARTICLE.observe(len(emissions) if became == "routed" else 0)
        _arrived(appended, now)
    if became in {"tagged", "routed", "unrouted"} and next(_counter) % SAMPLE == 0:
        _read(became, _json(emissions[0].value), now)


def _relation(became: str, value: bytes) -> str | None:
    if became == "duplicate":
        relation = str(_json(value).get("relation"))
        return relation if relation in metrics.RELATED else "other"
    if became == "update":
        return "update"
    return "related" if became == "unique" and _RELATED in value else None


def _arrived(appended: bytes | None, now: float) -> None:
    if appended is not None and appended.isdigit():
        metrics.FRESHNESS_SECONDS.labels("appended").observe(max(0.0, now - int(appended) / 1000))


def _json(value: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(value)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _read(became: str, article: dict[str, Any], now: float) -> None:
    if became == "tagged":
        metrics.ENTITIES_PER_ARTICLE.observe(_size(article.get("entities")))
        metrics.SUBJECTS_PER_ARTICLE.observe(_size(article.get("subjects")))
        return
    for since, moment in (("scraped", "scraped_at"), ("published", "published_at")):
        begun = _unix_time(article.get(moment))
        if begun is not None:
            metrics.FRESHNESS_SECONDS.labels(since).observe(max(0.0, now - begun))


def _size(content: Any) -> int:
    return len(content) if isinstance(content, list) else 0


def _unix_time(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


class WatchedIndex(Protocol):
    """What an index says of itself; `streams.stages.dedup.Index` is one."""

    @property
    def compared(self) -> list[int]:
        """How many articles were compared with 0, 1, 2 ... earlier ones; counts only grow."""
        ...

    @property
    def nbytes(self) -> int:
        """Memory."""
        ...

    @property
    def articles(self) -> int:
        """Articles held."""
        ...

    @property
    def reach_ms(self) -> int:
        """From the oldest article that can be found to the latest."""
        ...


class IndexWatch:
    """Makes metrics of an index; what it did before (reading the log at start) is not counted."""

    def __init__(self, index: WatchedIndex) -> None:
        self._index = index
        self._seen = list(index.compared)

    def measure(self) -> None:
        """Set the gauges, and count the comparisons since the last call."""
        metrics.INDEX_BYTES.set(self._index.nbytes)
        metrics.INDEX_ARTICLES.set(self._index.articles)
        metrics.INDEX_WINDOW_SECONDS.set(self._index.reach_ms / 1000)
        counts = list(self._index.compared)
        for candidates, (count, seen) in enumerate(zip(counts, self._seen, strict=True)):
            for _ in range(count - seen):
                metrics.CANDIDATES.observe(candidates)
        self._seen = counts


class LagGauges:
    """Sets the lag of the partitions that are ours; of one that was given up it becomes 0.

    Its new owner measures it: what stood there would be counted twice, and call somebody for ever.
    """

    def __init__(self) -> None:
        self._owned: dict[TP, tuple[float, float | None]] = {}

    def measure(self, lags: Mapping[TP, int], newest: Mapping[TP, float], now: float) -> None:
        """Set the gauges.

        Args:
            lags: records to read of each partition that is ours now.
            newest: Unix time of the newest record processed, of any partition ever ours.
            now: Unix time.
        """
        for gone in self._owned.keys() - lags.keys():
            _set_lag(gone, 0, 0.0)
        self._owned = {tp: self._owned.get(tp, (now, newest.get(tp))) for tp in lags}
        for tp, records in lags.items():
            _set_lag(tp, records, now - self._reached(tp, newest.get(tp)) if records else 0.0)

    def _reached(self, tp: TP, newest: float | None) -> float:
        """The time of the newest record processed since it is ours, else when it became ours."""
        since, before = self._owned[tp]
        return since if newest is None or newest == before else newest


def _set_lag(tp: TP, records: int, seconds: float) -> None:
    metrics.LAG_RECORDS.labels(tp.topic, str(tp.partition)).set(records)
    metrics.LAG_SECONDS.labels(tp.topic, str(tp.partition)).set(max(0.0, seconds))
