"""Two streams compared article by article: what another code version changed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.items import Item, article_id_of, json_of

NAMES = {"entities": "entity_id", "subjects": "code", "routes": "route", "removed": "reason"}
"""For lists of records, the field that says which is which."""


@dataclass(slots=True)
class Comparison:
    """Articles only in one, the same, and changed with what changed in each."""

    only_left: list[str] = field(default_factory=list)
    only_right: list[str] = field(default_factory=list)
    same: int = 0
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    unreadable: int = 0

    @property
    def equal(self) -> bool:
        """Whether both streams say the same of the same articles."""
        return not (self.only_left or self.only_right or self.changed or self.unreadable)

    def fields(self) -> dict[str, int]:
        """In how many articles each field changed, most first."""
        counts = Counter(name for changes in self.changed.values() for name in changes)
        return dict(counts.most_common())


def compare(
    left: Iterable[Item], right: Iterable[Item], ignored: frozenset[str] = frozenset()
) -> Comparison:
    """Join by article id (its last record counts) and compare all fields but the ignored.

    Holds the values of both streams in memory.
    """
    result = Comparison()
    before, after = _by_id(left, result), _by_id(right, result)
    result.only_left = [name for name in before if name not in after]
    result.only_right = [name for name in after if name not in before]
    for name in before.keys() & after.keys():
        _compare_one(name, before[name], after[name], ignored, result)
    return result


def _compare_one(
    name: str, before: bytes, after: bytes, ignored: frozenset[str], result: Comparison
) -> None:
    changes = {} if before == after else changed_fields(json_of(before), json_of(after), ignored)
    if changes:
        result.changed[name] = changes
    else:
        result.same += 1


def _by_id(items: Iterable[Item], result: Comparison) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for item in items:
        name = article_id_of(item.value)
        if name is None or item.value is None:
            result.unreadable += 1
        else:
            found[name] = item.value
    return found


def changed_fields(before: Any, after: Any, ignored: frozenset[str]) -> dict[str, Any]:
    """For each field that differs: `before` and `after`, or of lists `added` and `removed`."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return {} if before == after else {"value": {"before": before, "after": after}}
    names = dict.fromkeys([*before, *after])
    return {
        name: _change(name, before.get(name), after.get(name))
        for name in names
        if name not in ignored and before.get(name) != after.get(name)
    }


def _change(name: str, before: Any, after: Any) -> dict[str, Any]:
    key = NAMES.get(name)
    if key is None or not (isinstance(before, list) and isinstance(after, list)):
        return {"before": before, "after": after}
    old, new = list(_names(before, key)), list(_names(after, key))
    return {
        "removed": sorted(set(old) - set(new)),
        "added": sorted(set(new) - set(old)),
        "altered": sorted(
            {n for n in set(old) & set(new) if _of(before, key, n) != _of(after, key, n)}
        ),
    }


def _names(values: list[Any], key: str) -> Iterator[str]:
    return (str(value.get(key)) for value in values if isinstance(value, Mapping))


def _of(values: list[Any], key: str, name: str) -> list[Any]:
    return [v for v in values if isinstance(v, Mapping) and str(v.get(key)) == name]
