"""The topic catalogue: one table of every topic with its partitions and configuration.

Times on all topics are the broker's (LogAppendTime): a scraper's wrong clock can neither make
retention drop an article at once nor move it in a replay or an audit by time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from streams import topology
from streams.settings import Settings

HOUR_MS = 3_600_000
MAX_COPIES = 3
LARGE_BYTES = 11_000_000
"""Room for a body of 10 MB with its headers, and for the article that it becomes."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it should be; `fixed`: its number of partitions may not even grow."""

    name: str
    meaning: str
    partitions: int
    config: dict[str, str]
    fixed: bool = False


def catalogue(settings: Settings, outputs: Iterable[str] = ()) -> list[TopicSpec]:
    """All topics, with the topics `outputs` of the routes; names carry the settings' prefix."""
    prefix = settings.topic_prefix
    return [replace(spec, name=prefix + spec.name) for spec in _unprefixed(settings, outputs)]


def copies(wanted: int, brokers: int) -> int:
    """The replication factor: `wanted`, or for 0 one copy a broker, at most three."""
    return wanted or min(MAX_COPIES, brokers)


def full_config(spec: TopicSpec, replication: int) -> dict[str, str]:
    """The topic's configuration: a write needs all copies but one."""
    return spec.config | {"min.insync.replicas": str(max(1, replication - 1))}


def _unprefixed(settings: Settings, outputs: Iterable[str]) -> list[TopicSpec]:
    streams = _kept(settings.topic_retention_hours) | _large()
    many = settings.topic_partitions
    return [
        TopicSpec(topology.RAW, "articles as scraped", many, streams),
        _fingerprints(settings),
        TopicSpec(topology.UNIQUE, "articles that are no duplicates, clean", many, streams),
        TopicSpec(
            topology.DUPLICATES,
            "which article repeated which",
            many,
            _kept(settings.topic_retention_hours),
        ),
        TopicSpec(topology.TAGGED, "articles with entities and subjects", many, streams),
        _routes(settings),
        TopicSpec(topology.UNROUTED, "articles that no route wanted", many, streams),
        TopicSpec(
            topology.DLQ,
            "dead letters: bytes untouched, the reason in headers",
            many,
            _kept(settings.dlq_retention_hours) | _large(),
        ),
        TopicSpec(
            topology.OPS,
            "what operators did: redrives, drops",
            1,
            _kept(settings.dlq_retention_hours),
            fixed=True,
        ),
        *(
            TopicSpec(topic, f"output stream {_slug(topic)}", many, streams)
            for topic in sorted(set(outputs))
        ),
    ]


def _fingerprints(settings: Settings) -> TopicSpec:
    # Small segments: retention removes whole ones only, and a starting worker reads what is there.
    config = _kept(settings.topic_retention_hours) | {"segment.bytes": "67108864"}
    meaning = "the order of arrival: one partition, its retention is the dedup window"
    return TopicSpec(topology.FINGERPRINTS, meaning, 1, config, fixed=True)


def _routes(settings: Settings) -> TopicSpec:
    # What a replay can reach must still find the table that routed it (`--routes-at`).
    config = {
        "min.compaction.lag.ms": str(settings.topic_retention_hours * HOUR_MS),
        "cleanup.policy": "compact",
        "message.timestamp.type": "LogAppendTime",
        "min.cleanable.dirty.ratio": "0.1",
    }
    return TopicSpec(topology.ROUTES, "standing routes, by slug", 1, config, fixed=True)


def _slug(topic: str) -> str:
    return topic.removeprefix(topology.TOPIC_PREFIX)


def _kept(hours: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(hours * HOUR_MS),
        "message.timestamp.type": "LogAppendTime",
    }


def _large() -> dict[str, str]:
    return {"max.message.bytes": str(LARGE_BYTES)}
