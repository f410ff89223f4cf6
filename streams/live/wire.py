"""The last articles that passed this worker, kept as bytes until somebody looks."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from streams.records import Article, decode
from streams.stages.contract import DeadLetter, Outcome

KEPT = 100
SHOWN_TEXT = 1_500
"""Code points of each article's text that the page gets."""
ROUTED = "route"
"""The step whose outputs are whole articles with everything known about them."""


class Passed(NamedTuple):
    """One article: its number on this wire, when it was delivered, its bytes, its topics."""

    number: int
    seconds: float
    value: bytes
    topics: tuple[str, ...]


class Wire:
    """A ring of the last `KEPT` articles; noting one costs a microsecond, reading decodes."""

    def __init__(self) -> None:
        self._last: deque[Passed] = deque(maxlen=KEPT)
        self._count = 0

    def passed(self, step: str, outcomes: Sequence[Outcome]) -> None:
        """The outputs of a batch were delivered."""
        if step != ROUTED:
            return
        now = time.time()
        for outcome in outcomes[-KEPT:]:
            if not isinstance(outcome, DeadLetter) and outcome:
                self._count += 1
                topics = tuple(emission.topic for emission in outcome)
                self._last.append(Passed(self._count, now, outcome[0].value, topics))

    async def refresh(self) -> None:
        """Nothing to do: `passed` tells it what is new."""

    def since(self, number: int, most: int) -> list[dict[str, Any]]:
        """At most `most` of the newest articles after `number`, oldest first, for the page."""
        newer = [passed for passed in self._last if passed.number > number]
        return [_shown(passed) for passed in newer[-most:]]


def _shown(passed: Passed) -> dict[str, Any]:
    article = decode(passed.value, Article)
    return {
        "number": passed.number,
        "time": passed.seconds,
        "article_id": article.article_id,
        "title": article.title,
        "source": article.source,
        "agency": article.agency,
        "place": article.place,
        "language": article.language,
        "published_at": article.published_at,
        "status": article.dedup.status if article.dedup else None,
        "text": article.text[:SHOWN_TEXT],
        "cut": len(article.text) > SHOWN_TEXT,
        "entities": _mentions(article),
        "subjects": [[s.label, round(s.confidence, 2)] for s in article.subjects],
        "topics": list(passed.topics),
        "routes": [asdict(hit) for hit in article.routes],
    }


def _mentions(article: Article) -> list[dict[str, Any]]:
    """The mentions in the shown text, in its order."""
    found = [
        {"start": m.start, "end": m.end, "type": entity.type, "name": entity.name}
        for entity in article.entities
        for m in entity.mentions
        if m.end <= SHOWN_TEXT
    ]
    return sorted(found, key=lambda mention: (mention["start"], mention["end"]))
