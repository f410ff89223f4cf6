"""Tables of standing routes: one version of the index, matched against articles."""

from collections.abc import Iterable
from functools import cache
from importlib import resources
from operator import attrgetter

from streams.records import Article, RouteHit
from streams.stages.routes.evaluate import evidence
from streams.stages.routes.file import read_routes
from streams.stages.routes.index import Entry, Index
from streams.stages.routes.record import Route
from streams.stages.routes.view import Parents, View
from streams.stages.subjects.taxonomy import lineage, topics

_SLUG = attrgetter("route")


class RouteTable:
    """The routes at one version; its answers never change, whatever the index goes through.

    `parents`: the codes above each subject, which it stands for; by default the Media Topics'.
    """

    __slots__ = ("__weakref__", "_index", "_parents", "version")

    def __init__(self, index: Index, parents: Parents | None = None) -> None:
        self._index = index
        self._parents: Parents = media_topic_parents() if parents is None else parents
        self.version = index.version
        index.readers.add(self)

    @classmethod
    def of(cls, routes: Iterable[Route], parents: Parents | None = None) -> "RouteTable":
        """A table of these routes; of two with one slug the later counts."""
        index = Index()
        for version, route in enumerate(routes, 1):
            index.put(route, version)
        return cls(index, parents)

    def match(self, article: Article) -> list[RouteHit]:
        """The routes that want the article, by slug, with the clauses that held and where.

        Needs the article's entities and subjects, if any route asks for them. Evidence from the
        text has offsets; from the title or another field its start is -1.
        """
        view = self.view(article)
        hits = []
        for entry in self.candidates(view):
            found = evidence(entry.node, view)
            if found is not None:
                route = entry.route
                hits.append(RouteHit(route=route.slug, topic=route.topic, evidence=found))
        hits.sort(key=_SLUG)
        return hits

    def view(self, article: Article) -> View:
        """The article as this table's conditions see it."""
        return View(article, self._index.phrases, self._parents)

    def candidates(self, view: View) -> list[Entry]:
        """The routes that have a required term in common with the article."""
        return self._index.candidates(view.terms(), self.version)

    def routes(self) -> list[Route]:
        """All routes by slug, those not enabled included."""
        return self._index.routes(self.version)


@cache
def media_topic_parents() -> dict[str, tuple[str, ...]]:
    """The Media Topics above each, nearest first."""
    return {code: lineage(code)[1:] for code in topics()}


def builtin_routes() -> list[Route]:
    """The routes that ship with the package, for a world desk."""
    text = resources.files(__package__).joinpath("builtin.toml").read_text("utf-8")
    return read_routes(text)


def builtin_slugs() -> list[str]:
    """The slugs of the built-in routes, each with a topic of its name."""
    return sorted(route.slug for route in builtin_routes())
