"""Where standing routes are kept: the topic `news.routes`, or a file for embedded runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kafka import KafkaAdminClient, TopicPartition

from ops import clients, topics
from ops.reading import read
from streams.settings import Settings
from streams.stages.routes import (
    Change,
    Route,
    RouteBook,
    builtin_routes,
    decode,
    encode,
    read_file,
)
from streams.topics import catalogue
from streams.topology import ROUTES

SEND_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Stored:
    """A route and where it comes from: `built-in`, or the store's own name."""

    route: Route
    origin: str
    offset: int | None = None


class Store(Protocol):
    """Routes by slug; a route of the store stands before the built-in one of its slug."""

    def own(self) -> dict[str, Stored]:
        """The routes of the store itself."""
        ...

    def write(self, routes: Iterable[Route]) -> int | None:
        """Put or replace routes. Returns the last offset, if there are offsets."""
        ...

    def remove(self, slugs: Iterable[str]) -> int | None:
        """Remove routes; those that are not there are passed over."""
        ...


def every(store: Store | None) -> dict[str, Stored]:
    """The built-in routes and those of the store, by slug."""
    found = {route.slug: Stored(route, "built-in") for route in builtin_routes()}
    return dict(sorted((found | (store.own() if store else {})).items()))


class FileStore:
    """Routes in a file of JSON lines, in order of their slugs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def own(self) -> dict[str, Stored]:
        """The routes of the file; none if it does not exist.

        Raises:
            InvalidRoute: the file is damaged; the message says where.
        """
        if not self._path.exists():
            return {}
        routes = read_file(self._path)
        return {route.slug: Stored(route, self._path.name) for route in routes}

    def write(self, routes: Iterable[Route]) -> int | None:
        """Write the file anew with these routes put or replaced."""
        mine = {slug: stored.route for slug, stored in self.own().items()}
        self._save(mine | {route.slug: route for route in routes})
        return None

    def remove(self, slugs: Iterable[str]) -> int | None:
        """Write the file anew without these routes."""
        gone = set(slugs)
        self._save({slug: s.route for slug, s in self.own().items() if slug not in gone})
        return None

    def _save(self, routes: dict[str, Route]) -> None:
        lines = b"".join(encode(routes[slug]) + b"\n" for slug in sorted(routes))
        new = self._path.with_name(self._path.name + ".new")
        new.write_bytes(lines)
        new.replace(self._path)


class TopicStore:
    """Routes on `news.routes`; every worker follows it within a second."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.topic = settings.topic(ROUTES)

    def own(self) -> dict[str, Stored]:
        """The newest route of each slug that a worker would take.

        Raises:
            LookupError: there is no such topic.
        """
        book, offsets = RouteBook(), {}
        for change in self._changes():
            if not book.apply([change]) and change.value is not None:
                offsets[decode(change.value).slug] = change.offset
        routes = book.table().routes()
        return {r.slug: Stored(r, self.topic, offsets[r.slug]) for r in routes}

    def write(self, routes: Iterable[Route]) -> int | None:
        """Send the routes and wait until all in-sync replicas have them."""
        return self._send([(route.slug, encode(route)) for route in routes])

    def remove(self, slugs: Iterable[str]) -> int | None:
        """Send tombstones and wait until all in-sync replicas have them."""
        return self._send([(slug, None) for slug in slugs])

    def _changes(self) -> list[Change]:
        with clients.admin(self._settings) as admin:
            ranges = clients.bounds(admin, self._partitions(admin))
        consumer = clients.consumer(self._settings)
        try:
            return [Change(r.offset, r.key, r.value) for r in read(consumer, ranges)]
        finally:
            consumer.close()

    def _partitions(self, admin: KafkaAdminClient) -> list[TopicPartition]:
        found = clients.partitions_of(admin, self.topic)
        if not found:
            raise LookupError(f"there is no topic {self.topic} (newswire topics create makes it)")
        return found

    def _send(self, records: list[tuple[str, bytes | None]]) -> int | None:
        with clients.admin(self._settings) as admin:
            self._partitions(admin)
        producer = clients.producer(self._settings)
        try:
            futures = [
                producer.send(self.topic, value, key=slug.encode(), partition=0)
                for slug, value in records
            ]
            return max((f.get(SEND_SECONDS).offset for f in futures), default=None)
        finally:
            producer.close()


def create_output_topics(settings: Settings, routes: Sequence[Route]) -> list[str]:
    """Create the topics that the routes write and that are missing. Returns their names."""
    names = {settings.topic(route.topic) for route in routes}
    wanted = catalogue(settings, [route.topic for route in routes])
    specs = [spec for spec in wanted if spec.name in names]
    with clients.admin(settings) as admin:
        copies = topics.copies(admin, settings.topic_replication)
        return topics.create(admin, specs, copies)


def topic_problems(routes: Iterable[Route], known: Iterable[Route]) -> list[str]:
    """Routes whose topic Kafka would refuse beside the topic of another route."""
    topics_by_shape: dict[str, str] = {}
    problems = []
    for route in [*known, *routes]:
        shape = route.topic.replace(".", "_")
        other = topics_by_shape.setdefault(shape, route.topic)
        if other != route.topic:
            problems.append(f"{route.slug}: topic {route.topic} collides with {other}")
    return problems
