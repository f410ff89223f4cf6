"""What the outcomes of a stage say about the news: how many, how fresh, how richly enriched.

Counts and freshness since arrival are exact; what only the value says (entities, subjects, times
of publication and scraping) is read from every `SAMPLE`th article, as reading costs more than
counting.
"""

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from streams import metrics
from streams.stages.contract import Emission
from streams.topology import DUPLICATES, TAGGED, UNIQUE, UNROUTED

SAMPLE = 16
_MEANING = {UNIQUE: "unique", DUPLICATES: "duplicate", TAGGED: "tagged", UNROUTED: "unrouted"}
_UPDATE = b'"dedup":{"status":"update"'
RELATED = frozenset({"same", "abridged"})
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
    if became == "duplicate":
        relation = str(_json(emissions[0].value).get("relation"))
        metrics.RELATIONS.labels(relation if relation in RELATED else "other").inc()
    if became in {"routed", "unrouted"}:
        metrics.ROUTES_PER_ARTICLE.observe(len(emissions) if became == "routed" else 0)
        _arrived(appended, now)
    if became in {"tagged", "routed", "unrouted"} and next(_counter) % SAMPLE == 0:
        _read(became, _json(emissions[0].value), now)


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
