"""The typed records on our topics; `schemas/` is their public contract.

Every offset is in Unicode code points. Encoding is deterministic: the same record gives the
same bytes. Times are RFC 3339 in UTC.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import msgspec
import orjson

ARTICLE_SCHEMA = "newswire.article/1"
DUPLICATE_SCHEMA = "newswire.duplicate/1"

RemovedReason = Literal[
    "dateline_stamp",
    "sign_off",
    "related_links",
    "newsletter",
    "headline_list",
    "navigation",
    "repeated",
    "credit",
    "byline",
    "notice",
    "markup",
    "whitespace",
]
Status = Literal["unique", "update", "duplicate"]
Relation = Literal["same", "abridged", "update", "related"]
PublishedFrom = Literal["field", "claimed_date", "text"]


@dataclass(slots=True, kw_only=True)
class Removed:
    """A span `raw[start:end]` taken out of the raw text; `replacement` stands in its place."""

    start: int
    end: int
    reason: RemovedReason
    replacement: str = ""


@dataclass(slots=True, kw_only=True)
class Match:
    """An earlier article that this one was compared with; similarity in 0..1."""

    article_id: str
    relation: Relation
    similarity: float


@dataclass(slots=True, kw_only=True)
class Dedup:
    """What the article is to those before it; `of` is the article it repeats or updates."""

    status: Status
    cluster_id: str
    of: str | None = None
    matches: list[Match] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Mention:
    """A name in the text: `text[start:end] == mention.text`; confidence in 0..1."""

    start: int
    end: int
    text: str
    confidence: float


@dataclass(slots=True, kw_only=True)
class Entity:
    """One named thing of the article with all its mentions, in text order."""

    entity_id: str
    type: str
    name: str
    mentions: list[Mention]


@dataclass(slots=True, kw_only=True)
class Evidence:
    """A piece of text that spoke for a decision: `text[start:end]`, or a field if start is -1."""

    text: str
    start: int = -1
    end: int = -1
    weight: float = 0.0


@dataclass(slots=True, kw_only=True)
class Subject:
    """An IPTC Media Topic (`medtop:NNNNNNNN`); confidence in 0..1."""

    code: str
    label: str
    confidence: float
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ClauseHit:
    """A clause of a route's condition that was true, and where."""

    clause: str
    spans: list[Evidence] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class RouteHit:
    """A standing route that wants the article, the topic it sends it to, and why."""

    route: str
    topic: str
    evidence: list[ClauseHit] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Article:
    """One article on its way: the same record on unique, tagged and topic streams, growing."""

    schema: str = ARTICLE_SCHEMA
    article_id: str
    source_id: str | None = None
    source: str | None = None
    url: str | None = None
    title: str | None = None
    byline: str | None = None
    agency: str | None = None
    place: str | None = None
    published_at: str | None = None
    published_from: PublishedFrom | None = None
    claimed_date: str | None = None
    scraped_at: str | None = None
    language: str | None = None
    text: str
    removed: list[Removed] = field(default_factory=list)
    dedup: Dedup | None = None
    entities: list[Entity] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    routes: list[RouteHit] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Duplicate:
    """The record on `news.duplicates`: which article repeated which, and how closely."""

    schema: str = DUPLICATE_SCHEMA
    article_id: str
    of: str
    cluster_id: str
    relation: Relation
    similarity: float
    source: str | None = None
    url: str | None = None
    published_at: str | None = None


R = TypeVar("R", Article, Duplicate)


def encode(record: Article | Duplicate) -> bytes:
    """The record as the bytes of a Kafka value: compact JSON, fields in declared order."""
    return orjson.dumps(record)


def decode(value: bytes, kind: type[R]) -> R:
    """The record in `value`.

    Raises:
        ValueError: not JSON, or not of this kind; the message names the field.
    """
    return msgspec.convert(orjson.loads(value), kind)
