"""What an article answers to a clause: the places that speak for it, or None."""

from collections.abc import Callable, Iterable
from typing import Any

from streams.records import Entity, Evidence
from streams.stages.routes.conditions import (
    AgencyIs,
    Clause,
    DedupIs,
    EntityNamed,
    EntityOfType,
    EntityWithId,
    HasPhrase,
    LanguageIs,
    Near,
    Part,
    PlaceIs,
    SourceIs,
    SubjectIs,
)
from streams.stages.routes.near import windows
from streams.stages.routes.phrases import Places
from streams.stages.routes.probes import Probe, as_written
from streams.stages.routes.view import View
from streams.stages.routes.words import Phrase, Words, fold

MAX_SPANS = 5
"""At most so many places are given as evidence for a clause (or as many as it counts)."""
Found = list[Evidence] | None


def answer(probe: Probe, view: View) -> Found:
    """The places that make the clause hold, None if it does not."""
    clause = probe.clause
    return _ANSWERS[type(clause)](clause, probe, view)


def _counted(spans: list[Evidence], count: int) -> Found:
    return spans[: max(MAX_SPANS, count)] if len(spans) >= count else None


def _field(text: str | None) -> Found:
    return [Evidence(text=text)] if text else None


def _parts(view: View) -> tuple[tuple[Part, Words, Places], ...]:
    return ("title", view.title, view.in_title), ("text", view.text, view.in_text)


def _standing(phrase: Phrase, exact: str | None, words: Words, places: Places) -> list[list[int]]:
    found = places.get(phrase.key, [])
    if exact is None and phrase.plain:
        return found
    return [
        place
        for place in found
        if phrase.stands(words, *place[:2])
        and (exact is None or as_written(words, *place[:2]) == exact)
    ]


def _span(part: Part, text: str, start: int, end: int) -> Evidence:
    if part == "title":
        return Evidence(text=text[start:end])
    return Evidence(text=text[start:end], start=start, end=end)


def _phrase(clause: HasPhrase, probe: Probe, view: View) -> Found:
    most = max(MAX_SPANS, clause.count)
    phrase, exact = probe.phrases[0], probe.exact[0]
    spans: list[Evidence] = []
    for part, words, places in _parts(view):
        for place in _standing(phrase, exact, words, places):
            if len(spans) == most:
                return spans
            start, end = place[2] - len(phrase.before), place[3] + len(phrase.after)
            if view.covers(clause.within, part, start):
                spans.append(_span(part, words.text, start, end))
    return _counted(spans, clause.count)


def _near(clause: Near, probe: Probe, view: View) -> Found:
    spans = []
    for part, words, places in _parts(view):
        if any(phrase.key not in places for phrase in probe.phrases):
            continue
        standing = [
            [
                (place[0], place[1])
                for place in _standing(phrase, exact, words, places)
                if view.covers(clause.within, part, place[2])
            ]
            for phrase, exact in zip(probe.phrases, probe.exact, strict=True)
        ]
        for first, last in windows(standing, clause.words):
            spans.append(_span(part, words.text, words.start(first), words.end(last)))
    return _counted(spans, 1)


EntityClause = EntityNamed | EntityWithId | EntityOfType


def _mentions(clause: EntityClause, entities: Iterable[Entity], view: View) -> Found:
    spans = [
        Evidence(text=m.text, start=m.start, end=m.end, weight=m.confidence)
        for entity in entities
        for m in entity.mentions
        if m.confidence >= clause.confidence and view.covers(clause.within, "text", m.start)
    ]
    spans.sort(key=lambda span: span.start)
    if "title" in clause.within:
        spans = [*_in_title(entities, view), *spans]
    return _counted(spans, clause.count)


def _in_title(entities: Iterable[Entity], view: View) -> list[Evidence]:
    names = {n for e in entities for n in (e.name, *(m.text for m in e.mentions))}
    return [Evidence(text=name) for name in sorted(names) if _stands_in(name, view.title)]


def _stands_in(name: str, title: Words) -> bool:
    try:
        wanted = list(Phrase.of(name).words)
    except ValueError:
        return False
    size = len(wanted)
    return any(
        title.words[first : first + size] == wanted for first in range(len(title) - size + 1)
    )


def _entity(clause: EntityNamed, _: Probe, view: View) -> Found:
    kind = clause.type and fold(clause.type)
    named = view.entities.get(fold(clause.entity), ())
    return _mentions(clause, [e for e in named if not kind or fold(e.type) == kind], view)


def _entity_id(clause: EntityWithId, _: Probe, view: View) -> Found:
    same = [e for e in view.article.entities if e.entity_id == clause.entity_id]
    return _mentions(clause, same, view)


def _entity_type(clause: EntityOfType, _: Probe, view: View) -> Found:
    return _mentions(clause, view.types.get(fold(clause.entity_type), ()), view)


def _subject(clause: SubjectIs, _: Probe, view: View) -> Found:
    subjects = [
        subject
        for subject in view.subjects.get(clause.subject, ())
        if subject.confidence >= clause.confidence
        and (clause.children or subject.code == clause.subject)
    ]
    if len(subjects) == 1:
        return subjects[0].evidence[:MAX_SPANS]
    spans = {(s.start, s.end, s.text): s for subject in subjects for s in subject.evidence}
    return list(spans.values())[:MAX_SPANS] if subjects else None


def _language(clause: LanguageIs, _: Probe, view: View) -> Found:
    return _field(view.article.language if fold(clause.language) in view.languages else None)


def _place(clause: PlaceIs, _: Probe, view: View) -> Found:
    return _field(view.article.place if Phrase.of(clause.place).key in view.places else None)


def _agency(clause: AgencyIs, _: Probe, view: View) -> Found:
    agency = view.article.agency
    return _field(agency if agency and fold(agency) == fold(clause.agency) else None)


def _dedup(clause: DedupIs, _: Probe, view: View) -> Found:
    dedup = view.article.dedup
    return _field(dedup.status if dedup and dedup.status == clause.dedup else None)


def _source(clause: SourceIs, _: Probe, view: View) -> Found:
    return _field(view.sources.get(fold(clause.source)))


_ANSWERS: dict[type[Clause], Callable[[Any, Probe, View], Found]] = {
    HasPhrase: _phrase,
    Near: _near,
    SubjectIs: _subject,
    EntityNamed: _entity,
    EntityWithId: _entity_id,
    EntityOfType: _entity_type,
    SourceIs: _source,
    AgencyIs: _agency,
    LanguageIs: _language,
    PlaceIs: _place,
    DedupIs: _dedup,
}
