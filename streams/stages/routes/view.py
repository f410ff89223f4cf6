"""An article as the clauses see it: its terms, and places of phrases, each computed once."""

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

from streams.records import Article, ClauseHit, Entity, Subject
from streams.stages.routes.conditions import Part, Within
from streams.stages.routes.phrases import Phrases
from streams.stages.routes.probes import Probe
from streams.stages.routes.terms import FIELDS
from streams.stages.routes.words import MAX_WORDS, Words, fold

LEAD_AT_LEAST = 200
LEAD_AT_MOST = 600
Parents = Mapping[str, Sequence[str]]


def lead_end(text: str) -> int:
    """Where the lead ends: the first line break after 200 code points, at most 600."""
    return min(text.find("\n", LEAD_AT_LEAST) % (len(text) + 1), LEAD_AT_MOST, len(text))


class View:
    """Everything about one article that conditions ask for."""

    def __init__(self, article: Article, phrases: Phrases, parents: Parents) -> None:
        self.article = article
        self.title, self.in_title = phrases.find(article.title or "")
        self.text, self.in_text = phrases.find(article.text)
        self.lead_end = lead_end(article.text)
        self.found = self.in_text.keys() | self.in_title.keys()
        self.entities = _by_name(article.entities)
        self.types = _by_type(article.entities)
        self.subjects = _with_parents(article.subjects, parents)
        self.sources = _sources(article)
        self.languages = _languages(article.language)
        self.places = _runs(Words.of(article.place or ""))
        self.hits: dict[Probe, ClauseHit | None] = {}

    def terms(self) -> list[Collection[str]]:
        """Every term that the article has, by field as in `terms.FIELDS`."""
        article = self.article
        found: dict[str, Collection[str]] = {
            "every": ("",),
            "phrase": self.found,
            "entity": self.entities,
            "entity_id": {entity.entity_id for entity in article.entities},
            "entity_type": self.types,
            "subject": self.subjects,
            "source": self.sources,
            "language": self.languages,
            "place": self.places,
            "agency": (fold(article.agency),) if article.agency else (),
            "dedup": (article.dedup.status,) if article.dedup else (),
        }
        return [found[field] for field in FIELDS]

    def covers(self, within: Within, part: Part, start: int) -> bool:
        """Whether a place in the title (`part` title) or in the text at `start` counts."""
        if not within:
            return True
        if part == "title":
            return "title" in within
        return "text" in within or ("lead" in within and start < self.lead_end)


def _by_name(entities: Sequence[Entity]) -> dict[str, list[Entity]]:
    names: dict[str, list[Entity]] = {}
    for entity in entities:
        for name in {entity.name, *(mention.text for mention in entity.mentions)}:
            known = names.setdefault(fold(name), [])
            if not known or known[-1] is not entity:
                known.append(entity)
    return names


def _by_type(entities: Sequence[Entity]) -> dict[str, list[Entity]]:
    types: dict[str, list[Entity]] = {}
    for entity in entities:
        types.setdefault(fold(entity.type), []).append(entity)
    return types


def _with_parents(subjects: Sequence[Subject], parents: Parents) -> dict[str, list[Subject]]:
    codes: dict[str, list[Subject]] = {}
    for subject in subjects:
        for code in (subject.code, *parents.get(subject.code, ())):
            codes.setdefault(code, []).append(subject)
    return codes


def _sources(article: Article) -> dict[str, str]:
    host = _host(article.url) if article.url else ""
    names = (article.source_id, article.source, host, host.removeprefix("www."))
    return {fold(name): name for name in reversed(names) if name}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _languages(language: str | None) -> list[str]:
    pieces = fold(language).split("-") if language else []
    return ["-".join(pieces[: n + 1]) for n in range(len(pieces))]


def _runs(place: Words) -> set[str]:
    count = len(place)
    return {
        place.key(first, last)
        for first in range(count)
        for last in range(first, min(first + MAX_WORDS, count))
    }
