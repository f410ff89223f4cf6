"""Pieces of the one-line form, and errors that point into it."""

import re
from typing import NamedTuple

from streams.stages.routes.conditions import ConditionError

BARE = re.compile(r"[^\s()\[\]\",=]+")
_STRING = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<sign>[()\[\],=])|(?P<string>{_STRING})"
    rf"|(?P<field>[A-Za-z_]+:)|(?P<bare>{BARE.pattern})",
    re.DOTALL,
)
_VALUE = re.compile(
    rf"(?P<space>\s+)|(?P<string>{_STRING})|(?P<value>{BARE.pattern})|(?P<sign>[()\[\],=])",
    re.DOTALL,
)

_HALF = re.compile("[\ud800-\udfff]")
_SHOWN = 100
"""Of a longer line only the part around the error is shown."""


class Token(NamedTuple):
    """A piece of the line and the place where it starts."""

    kind: str
    text: str
    at: int


def lex(line: str) -> list[Token]:
    """The tokens of the line, an `end` token last; after a field, `=` or `,` comes a value.

    Raises:
        ConditionError: a string is not closed, or a character is half of a surrogate pair.
    """
    if not is_unicode(line):
        raise ConditionError("column 1: the line is not UTF-8")
    tokens: list[Token] = []
    at = 0
    value_next = False
    while at < len(line):
        found = (_VALUE if value_next else _TOKEN).match(line, at)
        if not found:
            raise pointed(line, at, "a string that is not closed")
        kind = found.lastgroup or ""
        if kind != "space":
            tokens.append(Token(kind, found.group(), at))
            value_next = kind == "field" or found.group() in {"=", ","}
        at = found.end()
    return [*tokens, Token("end", "the end", at)]


def is_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8."""
    return not _HALF.search(text)


def pointed(line: str, at: int, message: str) -> ConditionError:
    """The error with the column (from 1) and a pointer under the line."""
    before = line[:at]
    start = before.rfind("\n") + 1
    row, column = before.count("\n") + 1, at - start + 1
    shown = line[start:].split("\n", 1)[0]
    where = f"line {row}, column {column}" if "\n" in line else f"column {column}"
    left = max(0, min(column - _SHOWN // 2, len(shown) - _SHOWN))
    pointer = " " * (column - 1 - left)
    return ConditionError(f"{where}: {message}\n  {shown[left : left + _SHOWN]}\n  {pointer}^")
