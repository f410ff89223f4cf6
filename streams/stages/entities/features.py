"""What the tagger knows about one word by itself: a pure function of its form.

Every attribute depends on one word only, so the summed weights of a word are cached and a
token costs a gather per position instead of a feature extractor.
"""

import re
from typing import Protocol

_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(.)\1+")
_LONG = 24
VECTOR = "v="
"""An attribute whose hidden weights are the word's vector from unlabelled text."""
NO_CLASS = ("0",)
"""The classes of a word that the unlabelled text had too seldom."""
GIVEN, SURNAME, LANGUAGE, ACRONYM = "given", "surname", "language", "acronym"
"""Classes of listed words; unlike the numbered ones they speak for words with a capital only."""
BEGIN, END = "\x02", "\x03"
"""Stand in for the words before a sentence's first and after its last token."""


class WordClasses(Protocol):
    """The classes that a normalised word belongs to; a mapping is one."""

    def get(self, word: str, default: tuple[str, ...], /) -> tuple[str, ...]:
        """The word's classes, or `default`."""


def _shape(word: str) -> str:
    """Capitals X, small letters x, digits d, the rest as it is; runs of a kind cut to one."""
    kinds = (
        "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word
    )
    return _RUN.sub(r"\1\1", "".join(kinds))[:_LONG]


def normalise(word: str) -> str:
    """Lower case, every digit as 0, cut to a bounded length."""
    return _DIGIT.sub("0", word[:_LONG].lower())


def attributes(word: str, classes_of: WordClasses) -> list[str]:
    """The attributes of a word form."""
    if word in {BEGIN, END}:
        return [word]
    lower = normalise(word)
    shape = _shape(word[:_LONG])
    found = ["1", "s=" + shape, "S=" + _RUN.sub(r"\1", shape), "l=" + lower]
    classes = classes_of.get(lower, NO_CLASS)
    if not word[:1].isupper():
        classes = tuple(c for c in classes if not c.isalpha())
    found += ["c" + c for c in classes]
    found.append(VECTOR + lower)
    if not word[:1].isalnum():
        return found
    kind = "U" if word[:1].isupper() else "l"
    found += [f"p{n}={kind}{lower[:n]}" for n in (2, 3, 4) if len(lower) > n]
    found += [f"e{n}={kind}{lower[-n:]}" for n in (1, 2, 3, 4) if len(lower) > n]
    found.append(f"w={_DIGIT.sub('0', word[:_LONG])}")
    return found


def anonymous(found: list[str]) -> list[str]:
    """The attributes that a word never seen in training would still have."""
    return [name for name in found if not name.startswith(("l=", "w="))]


def code_attributes(stream: str, code: str) -> list[str]:
    """The attributes of a gazetteer's or a case's code: the whole, and its parts."""
    if code in {BEGIN, END}:
        return [stream + code]
    place, _, kinds = code.partition(".")
    return [f"{stream}={code}", *(f"{stream}.{place}.{k}" for k in kinds.split("+") if k)]
