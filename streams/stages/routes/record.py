"""The record of a standing route; `schemas/route.v1.schema.json` is its contract.

As JSON the condition is a tree, or a string in the one-line form.
"""

from typing import Any

import msgspec
import orjson

from streams import topology
from streams.stages.clean.strict_json import load_object
from streams.stages.contract import Refused
from streams.stages.routes.conditions import Condition, ConditionError
from streams.stages.routes.form import from_json, to_json
from streams.stages.routes.lexer import is_unicode
from streams.stages.routes.parser import parse
from streams.stages.routes.slugs import checked_slug, checked_topic

SCHEMA = "newswire.route/1"


class InvalidRoute(ValueError):  # noqa: N818 - what the dead letter says
    """A route that breaks its contract; the message names the field."""


class Route(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A rule that sends the articles that fit `condition` to `topic`.

    `slug` names it; `owner` is who to ask about it; a route that is not enabled matches nothing.
    """

    slug: str
    title: str
    condition: Condition
    topic: str
    owner: str = ""
    enabled: bool = True


class _Written(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    schema: str = SCHEMA
    slug: str
    title: str = ""
    condition: Any
    topic: str | None = None
    owner: str = ""
    enabled: bool = True


def route(slug: str, condition: str | Condition, **fields: Any) -> Route:
    """A route from its parts; the condition may be in one-line form.

    Raises:
        InvalidRoute: the slug, the topic or the condition is refused.
    """
    written = condition if isinstance(condition, str) else to_json(condition)
    return from_value({"slug": slug, "condition": written, **fields})


def from_value(value: object) -> Route:
    """The route in a parsed JSON or TOML value.

    Raises:
        InvalidRoute: the message names what is wrong.
    """
    try:
        read = msgspec.convert(value, _Written)
        return _checked(read)
    except (msgspec.ValidationError, ConditionError, ValueError) as error:
        raise InvalidRoute(str(error)) from None


def _checked(read: _Written) -> Route:
    if not (is_unicode(read.title) and is_unicode(read.owner)):
        raise InvalidRoute("title, owner: not UTF-8")
    if read.schema != SCHEMA:
        raise InvalidRoute(f"schema: expected {SCHEMA}, found {read.schema}")
    condition = read.condition
    return Route(
        slug=checked_slug(read.slug),
        title=read.title or read.slug,
        condition=parse(condition) if isinstance(condition, str) else from_json(condition),
        topic=checked_topic(read.topic or topology.output_topic(read.slug)),
        owner=read.owner,
        enabled=read.enabled,
    )


def decode(value: bytes) -> Route:
    """The route in the value of a record on `news.routes`.

    Raises:
        InvalidRoute: not JSON, or not a route.
    """
    return from_value(json_object(value))


def json_object(value: bytes) -> Any:
    """The JSON in a record; what comes out again as it went in names no key twice.

    Raises:
        InvalidRoute: not JSON, or a key stands twice in one object.
    """
    try:
        read = orjson.loads(value)
        return read if orjson.dumps(read) == value else load_object(value)
    except orjson.JSONDecodeError as error:
        raise InvalidRoute(f"not JSON: {error}") from None
    except Refused as error:
        raise InvalidRoute(str(error)) from None


def encode(value: Route) -> bytes:
    """The route as the value of a record: compact JSON, the condition as a tree."""
    return orjson.dumps(to_value(value))


def to_value(value: Route) -> dict[str, Any]:
    """The route as JSON values, fields in declared order."""
    return {
        "schema": SCHEMA,
        "slug": value.slug,
        "title": value.title,
        "condition": to_json(value.condition),
        "topic": value.topic,
        "owner": value.owner,
        "enabled": value.enabled,
    }
