"""Names of routes and of the topics they write, under Kafka's rules."""

import re

from streams import topology

MAX_TOPIC_LENGTH = 249
_NAME = re.compile(r"[A-Za-z0-9._-]+")
RESERVED = frozenset(
    {
        topology.RAW,
        topology.FINGERPRINTS,
        topology.UNIQUE,
        topology.DUPLICATES,
        topology.TAGGED,
        topology.ROUTES,
        topology.UNROUTED,
        topology.DLQ,
    }
)


def checked_topic(topic: str) -> str:
    """`topic` itself.

    Raises:
        ValueError: Kafka refuses the name, or a route may not write there (it is one of our
            own topics, or internal to Kafka).
    """
    if not _NAME.fullmatch(topic) or topic in {".", ".."}:
        raise ValueError(f"not a Kafka name (A-Z a-z 0-9 . _ -): {topic!r}")
    if len(topic) > MAX_TOPIC_LENGTH:
        raise ValueError(f"a Kafka topic has at most {MAX_TOPIC_LENGTH} characters: {topic!r}")
    if topic in RESERVED or topic.startswith("__"):
        raise ValueError(f"a route may not write to {topic}")
    return topic


def checked_slug(slug: str) -> str:
    """`slug` itself.

    Raises:
        ValueError: the topic named after it would not be a Kafka name.
    """
    if not _NAME.fullmatch(slug):
        raise ValueError(f"a slug has only A-Z a-z 0-9 . _ -: {slug!r}")
    checked_topic(topology.output_topic(slug))
    return slug


def collides(topic: str, other: str) -> bool:
    """Whether Kafka refuses to have both: they differ, but only in `.` against `_`."""
    return topic != other and topic.replace(".", "_") == other.replace(".", "_")
