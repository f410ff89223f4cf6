"""Articles as ninjs 3.1, the IPTC's News in JSON: a projection, for systems that speak it.

What ninjs has no place for (removed spans, evidence, mentions) is left out; the article's own
record stays the full account.
"""

from typing import Any

from streams.records import Article, Entity, Subject

SCHEMA = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"
MEDIA_TOPIC = "http://cv.iptc.org/newscodes/mediatopic/"
WIKIDATA = "http://www.wikidata.org/entity/"
PLACES = {
    "per": "people",
    "person": "people",
    "org": "organisations",
    "organisation": "organisations",
    "loc": "places",
    "location": "places",
    "gpe": "places",
    "fac": "places",
}
"""Where an entity of a type goes; all others are objects."""


def uri_of(article_id: str) -> str:
    """The article's global identifier."""
    return f"urn:newswire:article:{article_id}"


def to_ninjs(article: Article) -> dict[str, Any]:
    """The article as a ninjs 3.1 object; fields that are not known are left out."""
    made = {
        "uri": uri_of(article.article_id),
        "standard": {"name": "ninjs", "version": "3.1", "schema": SCHEMA},
        "type": "text",
        "representationType": "full",
        "pubStatus": "usable",
        "firstCreated": article.published_at,
        "versionCreated": article.published_at,
        "language": article.language,
        "title": article.title,
        "by": article.byline,
        "located": article.place,
        "headlines": _texts(article.title),
        "bodies": _bodies(article.text),
        "infoSources": [{"name": name} for name in (article.source, article.agency) if name],
        "altIds": _alternative_ids(article),
        "subjects": [_subject(subject) for subject in article.subjects],
        "associations": _associations(article),
        **_entities(article.entities),
    }
    return {name: value for name, value in made.items() if value not in (None, [])}


def _texts(value: str | None) -> list[dict[str, str]]:
    return [{"role": "main", "contentType": "text/plain", "value": value}] if value else []


def _bodies(text: str) -> list[dict[str, Any]]:
    count = {"charCount": len(text), "wordCount": len(text.split())}
    return [{"role": "main", "contentType": "text/plain", **count, "value": text}]


def _alternative_ids(article: Article) -> list[dict[str, str]]:
    found = (("source_id", article.source_id), ("url", article.url))
    return [{"role": role, "value": value} for role, value in found if value]


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "name": subject.label,
        "rel": "about",
        "uri": MEDIA_TOPIC + subject.code.removeprefix("medtop:"),
        "creator": "newswire",
        "confidence": round(100 * subject.confidence),
    }


def _associations(article: Article) -> list[dict[str, str]]:
    matches = article.dedup.matches if article.dedup else []
    return [
        {
            "name": f"{match.relation}-{number}",
            "rel": match.relation,
            "uri": uri_of(match.article_id),
        }
        for number, match in enumerate(matches, 1)
    ]


def _entities(entities: list[Entity]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for entity in entities:
        place = PLACES.get(entity.type.lower(), "objects")
        found.setdefault(place, []).append(_entity(entity))
    return found


def _entity(entity: Entity) -> dict[str, str]:
    made = {"name": entity.name, "rel": "mentions", "literal": entity.entity_id}
    item = entity.entity_id.rpartition(":")[2]
    if item[:1] == "Q" and item[1:].isdigit():
        made["uri"] = WIKIDATA + item
    return made
