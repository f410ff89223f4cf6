"""A class for every code point, so that lines are measured with arrays instead of loops."""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

PLAIN, UPPER, LOWER, LETTER, IDEOGRAPH, DIGIT, SPACE, BREAK, END, CLOSE, COMMA, SIGN, QUOTE = range(
    13
)
_TABLE_SIZE = 0x10000
_ENDS = ".!?…。！？｡؟।։"  # noqa: RUF001 - sentence ends of many scripts
_CLOSES = "\"'”’»)]}」』）"  # noqa: RUF001 - what may follow a sentence's end
_COMMAS = ",;:、，；："  # noqa: RUF001 - of many scripts
_SIGNS = "|•·»›«‹©®™@#→←▶►▼▲★☆✓✔/\\_*+=<>~^$%&\x00"  # noqa: RUF001 - as they stand in pages
_QUOTES = "“„‘«「『"  # noqa: RUF001 - opening quotes
_SETS = ((_SIGNS, SIGN), (_QUOTES, QUOTE), (_COMMAS, COMMA), (_CLOSES, CLOSE), (_ENDS, END))
_BY_CATEGORY = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Nd": DIGIT, "So": SIGN}


@cache
def class_table() -> NDArray[np.uint8]:
    """Shape (65536,): the class of each code point of the basic plane; the last is for others."""
    table = np.fromiter(map(_class_of, range(_TABLE_SIZE)), np.uint8, _TABLE_SIZE)
    for characters, kind in _SETS:
        table[[ord(character) for character in characters]] = kind
    table[ord("\n")] = BREAK
    table[_TABLE_SIZE - 1] = SIGN
    return table


def _class_of(code: int) -> int:
    character = chr(code)
    category = unicodedata.category(character)
    if category in _BY_CATEGORY:
        return _BY_CATEGORY[category]
    if character.isspace():
        return SPACE
    if category == "Lo" and unicodedata.east_asian_width(character) == "W":
        return IDEOGRAPH
    return LETTER if category[0] in "LM" else PLAIN


def code_points(text: str) -> NDArray[np.uint32]:
    """Shape (len(text),): the text's code points."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
