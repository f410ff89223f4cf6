"""A condition's answer about one article, clause by clause."""

from dataclasses import dataclass, field

from streams.records import Article, Evidence
from streams.stages.routes.answers import answer
from streams.stages.routes.conditions import Clause, Condition, parts
from streams.stages.routes.evaluate import evidence
from streams.stages.routes.printer import print_clause
from streams.stages.routes.probes import Probes, new_probe
from streams.stages.routes.record import Route
from streams.stages.routes.table import RouteTable
from streams.stages.routes.view import View


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a part of a condition holds; `spans` say where, `parts` are what it is made of."""

    text: str
    holds: bool
    spans: list[Evidence] = field(default_factory=list)
    parts: list["Verdict"] = field(default_factory=list)


def explain(route: Route, article: Article) -> Verdict:
    """The verdict on the article, whether or not the route is enabled.

    Subjects stand for their parents only as far as the article lists those.
    """
    enabled = Route(
        slug=route.slug, title=route.title, condition=route.condition, topic=route.topic
    )
    return _verdict(route.condition, RouteTable.of([enabled]).view(article))


def _verdict(node: Condition, view: View) -> Verdict:
    if isinstance(node, Clause):
        spans = answer(new_probe(node), view)
        return Verdict(print_clause(node), spans is not None, spans or [])
    name = {"All": "all of", "AnyOf": "any of", "NoneOf": "none of"}[type(node).__name__]
    holds = evidence(Probes().compile(node), view) is not None
    return Verdict(name, holds, parts=[_verdict(part, view) for part in parts(node)])
