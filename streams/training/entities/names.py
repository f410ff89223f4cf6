"""Classes of listed words: what people, tongues and peoples are called by, acronyms of things.

Lists of Faker, of ISO 639-3, of our own, and what the silver GMB set takes a word for.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules

import pycountry
from faker.providers import person

from streams.evaluation import entity_corpora as corpora
from streams.stages.entities.features import ACRONYM, GIVEN, LANGUAGE, SURNAME, normalise
from streams.training.entities.gazetteer import lines

_NAME = re.compile(r"[^\W\d_a-z][\w'\u2019-]+$")
_OWN = {"acronyms.txt": ACRONYM, "given.txt": GIVEN, "surnames.txt": SURNAME}
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


def _words(name: str) -> Iterator[str]:
    for line in lines(name):
        yield from line.split()


def _silver() -> Iterator[tuple[str, str]]:
    """Words with the type that GMB's silver labels nearly always give them."""
    seen: dict[str, Counter[str]] = {}
    for document in corpora.gmb():
        for span in document.spans:
            for word in document.text[span.start : span.end].split():
                seen.setdefault(normalise(word), Counter())["".join(span.types).lower()] += 1
    for word, counts in seen.items():
        kind, times = counts.most_common(1)[0]
        if times >= _OFTEN and times > _PURE * counts.total():
            yield word, f"silver{kind}"


_OFTEN, _PURE = 2, 0.8


def name_classes() -> dict[str, tuple[str, ...]]:
    """For each listed word, normalised, its kinds, such as given name, family name, language."""
    found = {normalise(word): {LANGUAGE} for word in _languages()}
    for name, kind in _OWN.items():
        for word in _words(name):
            found.setdefault(normalise(word), set()).add(kind)
    for word, kind in _silver():
        found.setdefault(word, set()).add(kind)
    for module in iter_modules(person.__path__):
        provider = import_module(f"{person.__name__}.{module.name}").Provider
        for kind in _LISTS:
            for value in _listed(provider, kind):
                found.setdefault(normalise(value), set()).add(kind)
    return {name: tuple(sorted(kinds)) for name, kinds in sorted(found.items())}
