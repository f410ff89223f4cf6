"""Whether a condition holds for an article, and which of its clauses made it hold."""

from streams.records import ClauseHit
from streams.stages.routes.answers import answer
from streams.stages.routes.printer import print_clause
from streams.stages.routes.probes import Group, Node, Probe
from streams.stages.routes.view import View

_NOT_ASKED = ClauseHit(clause="")


def evidence(node: Node, view: View) -> list[ClauseHit] | None:
    """The clauses that made the condition hold, each once; None if it does not hold.

    Under AND those come first that are cheapest to answer; nothing comes from under a NOT.
    """
    if isinstance(node, Probe):
        hit = view.hits.get(node, _NOT_ASKED)
        if hit is _NOT_ASKED:
            hit = _ask(node, view)
        return None if hit is None else [hit]
    hits: list[ClauseHit] = []
    if not _collect(node, view, hits):
        return None
    return hits if node.distinct else list({id(hit): hit for hit in hits}.values())


def _collect(group: Group, view: View, hits: list[ClauseHit]) -> bool:
    """Whether the group holds; if so, what made it hold is added to `hits`."""
    known, kind, before = view.hits, group.kind, len(hits)
    for part in group.quick:
        if isinstance(part, Group):
            held = _collect(part, view, hits)
        else:
            hit = known.get(part, _NOT_ASKED)
            if hit is _NOT_ASKED:
                hit = _ask(part, view)
            held = hit is not None
            if hit is not None:
                hits.append(hit)
        if held:
            if kind == "none":
                del hits[before:]
                return False
        elif kind == "all":
            del hits[before:]
            return False
    return kind != "any" or len(hits) > before or _holds_silently(group, view)


def _holds_silently(group: Group, view: View) -> bool:
    """Whether a NOT under the OR holds: it leaves no hit."""
    return any(isinstance(part, Group) and _collect(part, view, []) for part in group.quick)


def _ask(probe: Probe, view: View) -> ClauseHit | None:
    hit = None
    if not probe.key or probe.key in view.found:
        spans = answer(probe, view)
        if spans is not None:
            hit = ClauseHit(clause=_label(probe), spans=spans)
    view.hits[probe] = hit
    return hit


def _label(probe: Probe) -> str:
    if not probe.label:
        probe.label = print_clause(probe.clause)
    return probe.label
