"""Strict JSON objects: what would be lost or changed in silence is refused instead."""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

import orjson

from streams.reasons import Reason
from streams.stages.contract import Refused

MAX_DEPTH = 64
_INT64 = range(-(2**63), 2**64)
_SHORT_FLOAT = 15
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[{]++|[\]}]++', re.DOTALL)


def load_object(value: bytes) -> dict[str, Any]:
    """The JSON object in `value`, which holds nothing that decoding would lose or change.

    Raises:
        Refused: invalid_json, duplicate_key, too_deep (over `MAX_DEPTH`), or wrong_type for a
            number that neither 64 bits nor a double can hold as written.
    """
    if depth(value) > MAX_DEPTH:
        raise Refused(Reason.TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels")
    try:
        found = orjson.loads(value)
        # What is written again as it came has lost nothing, and needs no slower reading.
        if orjson.dumps(found) != value:
            found = _DECODER.decode(value.decode("utf-8"))
    except ValueError as error:
        raise Refused(Reason.INVALID_JSON, _without_body(error)) from None
    if not isinstance(found, dict):
        raise Refused(Reason.WRONG_TYPE, "the JSON is no object")
    return found


def is_json(value: bytes) -> bool:
    """Whether all of `value` is one strict JSON value."""
    try:
        orjson.loads(value)
    except ValueError:
        return False
    return True


def depth(value: bytes) -> int:
    """How deep the brackets outside of strings nest; exact only if it may pass the limit."""
    bound = value.count(b"{") + value.count(b"[")
    if bound <= MAX_DEPTH:
        return bound
    level = deepest = 0
    for match in _STRUCTURE.finditer(value):
        run = match[0]
        if run[0] in b"[{":
            level += len(run)
            deepest = max(deepest, level)
        elif run[0] != ord('"'):
            level -= len(run)
    return deepest


def _without_body(error: ValueError) -> str:
    """Where it failed, never what stands there."""
    return f"{error.msg} at {error.pos}" if isinstance(error, json.JSONDecodeError) else "not JSON"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    raise Refused(Reason.DUPLICATE_KEY, f"the key {twice!r} stands twice in one object")


def _refuse_number(literal: str) -> NoReturn:
    shown = literal if len(literal) <= 40 else literal[:40] + "..."  # noqa: PLR2004 - for people
    raise Refused(Reason.WRONG_TYPE, f"the number {shown} does not survive as 64 bits or a double")


def _integer(literal: str) -> int:
    number = int(literal) if len(literal) <= 20 else 2**64  # noqa: PLR2004 - digits of 64 bits
    return number if number in _INT64 else _refuse_number(literal)


def _real(literal: str) -> float:
    """The double whose shortest form, or form with as many digits, is `literal` again."""
    number = float(literal)
    if len(literal) <= _SHORT_FLOAT and number:
        return number
    exact = Decimal(literal)
    digits = len(exact.as_tuple().digits)
    forms = (repr(number), f"{number:.{digits - 1}e}")
    return number if any(Decimal(form) == exact for form in forms) else _refuse_number(literal)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_integer, parse_float=_real)
