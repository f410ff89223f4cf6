"""Names of routes and of the topics they write, under Kafka's rules."""

import re

from streams import topology

MAX_TOPIC_LENGTH = 249
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_ONLY_SIGNS = re.compile(r"[._-]+")
_OWN_SHAPES = frozenset(topic.replace(".", "_") for topic in topology.OWN)


def checked_topic(topic: str) -> str:
    """`topic` itself.

    Raises:
        ValueError: Kafka refuses the name, or a route may not write there (it is one of our
            own topics, or differs from one only in `.` against `_`, or is internal to Kafka).
    """
    if not _NAME.fullmatch(topic) or topic in {".", ".."}:
        raise ValueError(f"not a Kafka name (A-Z a-z 0-9 . _ -): {topic!r}")
    if len(topic) > MAX_TOPIC_LENGTH:
        raise ValueError(f"a Kafka topic has at most {MAX_TOPIC_LENGTH} characters: {topic!r}")
    if topic.startswith("__") or topic.replace(".", "_") in _OWN_SHAPES:
        raise ValueError(f"a route may not write to {topic}")
    return topic


def checked_slug(slug: str) -> str:
    """`slug` itself.

    Raises:
        ValueError: the topic named after it would not be a Kafka name.
    """
    if not _NAME.fullmatch(slug) or _ONLY_SIGNS.fullmatch(slug):
        raise ValueError(f"a slug has only A-Z a-z 0-9 . _ -, not only signs: {slug!r}")
    checked_topic(topology.output_topic(slug))
    return slug


def is_slug(text: str) -> bool:
    """Whether a route may have this name."""
    try:
        checked_slug(text)
    except ValueError:
        return False
    return True


def collides(topic: str, other: str) -> bool:
    """Whether Kafka refuses to have both: they differ, but only in `.` against `_`."""
    return topic != other and topic.replace(".", "_") == other.replace(".", "_")
