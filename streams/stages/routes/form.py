"""Conditions as JSON: read with errors that name the path, written without defaults."""

from typing import Any

import msgspec

from streams.stages.routes.conditions import (
    CLAUSES,
    MAX_CLAUSES,
    MAX_DEPTH,
    All,
    AnyOf,
    Clause,
    Condition,
    ConditionError,
    NoneOf,
    clauses,
    fields,
    parts,
    simplify,
)

_GROUPS: dict[str, Any] = {"all": All, "any": AnyOf, "none": NoneOf}
_KINDS = _GROUPS.keys() | CLAUSES.keys()


def from_json(value: object) -> Condition:
    """The condition in a parsed JSON value, simplified.

    Raises:
        ConditionError: the message starts with the path of what is wrong.
    """
    return checked(simplify(_node(value, "condition", 1)))


def to_json(node: Condition) -> dict[str, Any]:
    """The condition as JSON values; `from_json` gives it back."""
    if isinstance(node, Clause):
        return fields(node)
    name = {All: "all", AnyOf: "any", NoneOf: "none"}[type(node)]
    return {name: [to_json(part) for part in parts(node)]}


def checked(node: Condition) -> Condition:
    """`node` itself, so that its line and its JSON can both be read again.

    Raises:
        ConditionError: it has more than `MAX_CLAUSES` clauses, or groups in groups deeper than
            `MAX_DEPTH`.
    """
    if len(clauses(node)) > MAX_CLAUSES:
        raise ConditionError(f"condition: more than {MAX_CLAUSES} clauses")
    if _depth(node) > MAX_DEPTH:
        raise ConditionError(f"condition: nested deeper than {MAX_DEPTH}")
    return node


def _depth(node: Condition) -> int:
    return 1 + max(map(_depth, parts(node)), default=0) if parts(node) else 0


def _node(value: object, path: str, depth: int) -> Condition:
    if not isinstance(value, dict):
        raise ConditionError(f"{path}: expected an object")
    names = sorted(_KINDS & value.keys())
    if len(names) != 1:
        raise ConditionError(f"{path}: expected exactly one of {', '.join(sorted(_KINDS))}")
    if names[0] in _GROUPS:
        return _group(value, names[0], path, depth)
    try:
        return msgspec.convert(value, CLAUSES[names[0]])
    except msgspec.ValidationError as error:
        raise ConditionError(f"{path}: {error}") from None


def _group(value: dict[str, object], name: str, path: str, depth: int) -> Condition:
    members = value[name]
    if depth > MAX_DEPTH:
        raise ConditionError(f"{path}: nested deeper than {MAX_DEPTH}")
    if not isinstance(members, list) or not members or len(value) > 1:
        raise ConditionError(f"{path}: expected only {name!r}, a list that is not empty")
    found = (_node(m, f"{path}.{name}[{i}]", depth + 1) for i, m in enumerate(members))
    group: Condition = _GROUPS[name](tuple(found))
    return group
