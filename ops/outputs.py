"""Which topics the output streams are: of the built-in routes and of those added at run time."""

from collections.abc import Callable
from contextlib import suppress

from kafka import KafkaAdminClient, KafkaConsumer

from ops.clients import bounds, partitions_of
from ops.reading import read
from streams.stages.routes import InvalidRoute, builtin_routes, decode
from streams.topology import ROUTES, TOPIC_PREFIX


def builtin_topics() -> set[str]:
    """The topics of the built-in routes, without prefix."""
    return {route.topic for route in builtin_routes()}


def added_topics(
    client: KafkaAdminClient, consumers: Callable[[], KafkaConsumer], prefix: str
) -> set[str]:
    """The topics of the routes on `news.routes` now, without prefix; bad routes are left out."""
    ranges = bounds(client, partitions_of(client, prefix + ROUTES))
    consumer = consumers()
    try:
        latest = {record.key: record.value for record in read(consumer, ranges)}
    finally:
        consumer.close()
    topics = set()
    for value in latest.values():
        with suppress(InvalidRoute):
            topics |= {decode(value).topic} if value else set()
    return topics


def output_topics(
    client: KafkaAdminClient, consumers: Callable[[], KafkaConsumer], prefix: str
) -> list[str]:
    """All output streams that exist, with prefix: of known routes, and of any named like one."""
    known = {prefix + topic for topic in builtin_topics() | added_topics(client, consumers, prefix)}
    start = prefix + TOPIC_PREFIX
    there = set(client.list_topics())
    return sorted((known & there) | {name for name in there if name.startswith(start)})
