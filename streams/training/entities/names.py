"""Given and family names of the world, from the lists that Faker makes its people from."""

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules

from faker.providers import person

from streams.stages.entities.features import GIVEN, SURNAME, normalise

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


def name_classes() -> dict[str, tuple[str, ...]]:
    """For each name in any country's lists, normalised, whether it is a given or family name."""
    found: dict[str, set[str]] = {}
    for module in iter_modules(person.__path__):
        provider = import_module(f"{person.__name__}.{module.name}").Provider
        for kind in _LISTS:
            for value in _listed(provider, kind):
                found.setdefault(normalise(value), set()).add(kind)
    return {name: tuple(sorted(kinds)) for name, kinds in sorted(found.items())}
