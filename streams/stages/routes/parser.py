"""The one-line form of conditions: `subject:medtop:16000000 AND phrase:"tank" NOT source:afp`.

any     = all { "OR" all }
all     = factor { ["AND"] "NOT" factor | "AND" factor }
factor  = "NOT" factor | "(" any ")" | clause
clause  = field ":" value { "," value } [ "[" { name "=" value { "," value } } "]" ]
value   = a JSON string | signs other than white space ( ) [ ] " ,
"""

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

from streams.stages.routes.conditions import (
    CLAUSES,
    MAX_DEPTH,
    All,
    AnyOf,
    Clause,
    Condition,
    ConditionError,
    NoneOf,
    simplify,
)
from streams.stages.routes.form import checked
from streams.stages.routes.lexer import Token, is_unicode, lex, pointed

MAX_NESTED = 2 * MAX_DEPTH
"""So deep may NOT and brackets nest: the line of any condition needs no more."""
_LISTS = {"near", "within"}
_OPTION_NAMES = {"in": "within"}
_FLAGS: dict[str, Any] = {"yes": True, "no": False}
_WRONG_FIELD = re.compile(r"(?: - at `\$\.|unknown field `)(\w+)")
_PATH = re.compile(r" - at `\$.*`$")


class Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.tokens = lex(line)
        self.next = 0
        self.depth = 0

    def error(self, message: str, at: int) -> ConditionError:
        """The error, pointing into the line."""
        return pointed(self.line, at, message)

    def parse(self) -> Condition:
        """The whole line as a condition."""
        node = self._any()
        if self._peek().kind != "end":
            raise self.error("expected AND, OR, NOT or the end", self._peek().at)
        return node

    def _peek(self) -> Token:
        return self.tokens[self.next]

    def _take(self) -> Token:
        token = self.tokens[self.next]
        self.next += token.kind != "end"
        return token

    def _is(self, word: str) -> bool:
        token = self._peek()
        return token.kind in {"bare", "sign"} and token.text.upper() == word

    def _any(self) -> Condition:
        members = [self._all()]
        while self._is("OR"):
            self._take()
            members.append(self._all())
        return AnyOf(tuple(members))

    def _all(self) -> Condition:
        members = [self._factor()]
        while self._is("AND") or self._is("NOT"):
            if self._is("AND"):
                self._take()
            members.append(self._factor())
        return All(tuple(members))

    def _factor(self) -> Condition:
        token = self._peek()
        if self._is("NOT"):
            self._take()
            return NoneOf((self._nested(token, self._factor),))
        if self._is("("):
            self._take()
            node = self._nested(token, self._any)
            self._expect(")", f"to close the one at column {token.at + 1}")
            return node
        return self._clause()

    def _nested(self, token: Token, read: Callable[[], Condition]) -> Condition:
        self.depth += 1
        if self.depth > MAX_NESTED:
            raise self.error(f"nested deeper than {MAX_NESTED}", token.at)
        node = read()
        self.depth -= 1
        return node

    def _expect(self, sign: str, why: str) -> None:
        token = self._take()
        if token.text != sign:
            raise self.error(f"expected {sign!r} {why}, found {token.text}", token.at)

    def _clause(self) -> Clause:
        token = self._take()
        name = token.text[:-1].lower()
        if token.kind != "field" or name not in CLAUSES:
            expected = ", ".join(f"{field}:" for field in CLAUSES)
            raise self.error(f"expected one of {expected} found {token.text}", token.at)
        places = {name: self._peek().at}
        fields = {name: self._values() if name in _LISTS else self._value()}
        if self._is("["):
            self._options(fields, places)
        return self._built(name, fields, places)

    def _built(self, name: str, fields: dict[str, Any], places: dict[str, int]) -> Clause:
        try:
            return msgspec.convert(fields, CLAUSES[name], strict=False)
        except msgspec.ValidationError as error:
            found = _WRONG_FIELD.search(str(error))
            wrong = found.group(1) if found and found.group(1) in places else name
            raise self.error(_PATH.sub("", str(error)), places[wrong]) from None

    def _options(self, fields: dict[str, Any], places: dict[str, int]) -> None:
        opening = self._take()
        while not self._is("]"):
            token = self._take()
            name = _OPTION_NAMES.get(token.text.lower(), token.text.lower())
            if token.kind != "bare":
                raise self.error("expected name=value or ']'", token.at)
            if name in fields:
                raise self.error(f"{token.text} is given twice", token.at)
            self._expect("=", "after the option's name")
            fields[name] = self._values() if name in _LISTS else self._value()
            places[name] = token.at
            if name == "children":
                fields[name] = _FLAGS.get(fields[name], fields[name])
        self._expect("]", f"to close the one at column {opening.at + 1}")

    def _values(self) -> list[str]:
        values = [self._value()]
        while self._is(","):
            self._take()
            values.append(self._value())
        return values

    def _value(self) -> str:
        token = self._take()
        if token.kind == "string":
            return self._string(token)
        if token.kind != "value":
            raise self.error(f"expected a value, found {token.text}", token.at)
        return token.text

    def _string(self, token: Token) -> str:
        try:
            text: str = json.loads(token.text, strict=False)
        except json.JSONDecodeError as error:
            raise self.error(f"in the string: {error.msg}", token.at + error.pos) from None
        if not is_unicode(text):
            raise self.error("half of a surrogate pair in the string", token.at)
        return text


def parse(line: str) -> Condition:
    """The condition in one-line form, simplified.

    Raises:
        ConditionError: the message gives the column (from 1) and shows the place.
    """
    try:
        return checked(simplify(Parser(line).parse()))
    except ConditionError as error:
        raise error from None
