"""Whether a condition holds for an article, and which of its clauses made it hold."""

from streams.records import ClauseHit
from streams.stages.routes.answers import answer
from streams.stages.routes.conditions import All, AnyOf, Clause, Condition, NoneOf, parts
from streams.stages.routes.printer import print_clause
from streams.stages.routes.view import View


def holds(node: Condition, view: View) -> bool:
    """Whether the condition is true of the article."""
    match node:
        case Clause():
            return answer(node, view) is not None
        case All():
            return all(holds(part, view) for part in node.all)
        case AnyOf():
            return any(holds(part, view) for part in node.any)
        case NoneOf():
            return not any(holds(part, view) for part in node.none)


def evidence(node: Condition, view: View) -> list[ClauseHit]:
    """The clauses that hold, in the condition's order, each once; nothing from under a NOT."""
    hits: dict[Clause, ClauseHit] = {}
    _collect(node, view, hits)
    return list(hits.values())


def _collect(node: Condition, view: View, hits: dict[Clause, ClauseHit]) -> None:
    if isinstance(node, Clause):
        spans = answer(node, view)
        if spans is not None and node not in hits:
            hits[node] = ClauseHit(clause=print_clause(node), spans=spans)
    elif not isinstance(node, NoneOf):
        for part in parts(node):
            if holds(part, view):
                _collect(part, view, hits)
