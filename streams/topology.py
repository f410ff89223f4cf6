"""Which agent reads which topic and writes which: one table for runners, ops and docs."""

from dataclasses import dataclass

RAW = "news.raw"
FINGERPRINTS = "news.fingerprints"
UNIQUE = "news.unique"
DUPLICATES = "news.duplicates"
TAGGED = "news.tagged"
ROUTES = "news.routes"
UNROUTED = "news.unrouted"
DLQ = "news.dlq"
OPS = "news.ops"
TOPIC_PREFIX = "news.topic."
OWN = frozenset({RAW, FINGERPRINTS, UNIQUE, DUPLICATES, TAGGED, ROUTES, UNROUTED, DLQ, OPS})
"""Our own topics; any other that we write is an output stream."""


@dataclass(frozen=True, slots=True)
class Step:
    """An agent: the topic it reads and the topics it may write (dead letters besides)."""

    name: str
    reads: str
    writes: tuple[str, ...]


STEPS = (
    Step("dedup", RAW, (UNIQUE, DUPLICATES)),
    Step("tag", UNIQUE, (TAGGED,)),
    Step("route", TAGGED, (f"{TOPIC_PREFIX}*", UNROUTED)),
    Step("routes", ROUTES, ()),
)


def output_topic(slug: str) -> str:
    """The topic of the output stream named `slug`."""
    return TOPIC_PREFIX + slug
