"""Conditions in one line, as `parser.parse` reads them."""

import json
from functools import lru_cache

from streams.stages.routes.conditions import All, AnyOf, Clause, Condition, NoneOf, fields, parts
from streams.stages.routes.lexer import BARE

OPTIONS = {"within": "in"}
_ALWAYS_QUOTED = {"phrase", "entity", "near", "place"}


def print_condition(node: Condition) -> str:
    """The condition in one line; parsing it gives `simplify(node)`."""
    match node:
        case All():
            return _joined(node, " AND ", (AnyOf, All))
        case AnyOf():
            return _joined(node, " OR ", (AnyOf,))
        case NoneOf(none=(Clause() as only,)):
            return f"NOT {print_clause(only)}"
        case NoneOf():
            return f"NOT ({print_condition(AnyOf(node.none))})"
        case _:
            return print_clause(node)


def _joined(node: All | AnyOf, operator: str, in_brackets: tuple[type, ...]) -> str:
    printed = [
        f"({print_condition(part)})" if isinstance(part, in_brackets) else print_condition(part)
        for part in parts(node)
    ]
    return operator.join(printed)


@lru_cache(maxsize=65_536)
def print_clause(clause: Clause) -> str:
    """One clause, its options in brackets: `phrase:"air strike"[case=exact in=title]`."""
    (name, value), *rest = fields(clause).items()
    values = value if isinstance(value, list) else [value]
    options = " ".join(f"{OPTIONS.get(key, key)}={_option(option)}" for key, option in rest)
    written = ",".join(_value(each, quoted=name in _ALWAYS_QUOTED) for each in values)
    return f"{name}:{written}" + (f"[{options}]" if options else "")


def _option(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    values = value if isinstance(value, list) else [value]
    return ",".join(_value(str(each), quoted=False) for each in values)


def _value(text: str, *, quoted: bool) -> str:
    if quoted or not BARE.fullmatch(text):
        return json.dumps(text, ensure_ascii=False)
    return text
