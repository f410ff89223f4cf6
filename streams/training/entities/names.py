"""Words that people, tongues and peoples are called by: lists of Faker and of ISO 639-3."""

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules

import pycountry
from faker.providers import person

from streams.stages.entities.features import GIVEN, LANGUAGE, SURNAME, normalise

_NAME = re.compile(r"[^\W\d_a-z][\w'\u2019-]+$")
_LISTS = {
    GIVEN: re.compile(r"(first|middle)_(romanized_)?names?"),
    SURNAME: re.compile(r"last_(romanized_)?names?"),
}


def _listed(provider: type, kind: str) -> Iterator[str]:
    for name in dir(provider):
        values = getattr(provider, name)
        if _LISTS[kind].match(name) and isinstance(values, Iterable):
            yield from (v for v in values if isinstance(v, str) and _NAME.match(v))


def _languages() -> Iterator[str]:
    for language in pycountry.languages:
        words = re.split(r"[ ,;()/-]+", language.name)
        yield from (w for w in words if len(w) > 2 and _NAME.match(w))  # noqa: PLR2004 - not Ge


def name_classes() -> dict[str, tuple[str, ...]]:
    """For each listed word, normalised, its kinds: given name, family name, language (a people)."""
    found = {normalise(word): {LANGUAGE} for word in _languages()}
    for module in iter_modules(person.__path__):
        provider = import_module(f"{person.__name__}.{module.name}").Provider
        for kind in _LISTS:
            for value in _listed(provider, kind):
                found.setdefault(normalise(value), set()).add(kind)
    return {name: tuple(sorted(kinds)) for name, kinds in sorted(found.items())}
