"""Words of a text with their places, and phrases as sequences of words.

A word is a run of letters, digits, marks or `_`; in scripts without spaces between words, and in
Hangul where particles stick to nouns, each character is one. Folding keeps the length of any
text, so a place in the folded text is the same place in the text.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate, chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_WORDS = 20
SIGN, WORD, ALONE, BLANK, DASH = range(5)
"""Kinds of characters: `BLANK` is white space."""
_THAI_TO_KHMER = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_ALONE = _THAI_TO_KHMER + "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_ASCII_WORD = re.compile(r"(\w+)", re.ASCII)
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014")
_IGNORED_AT_ENDS = " \t\r\n\u00a0.,;:!?'\"\u201c\u201d()[]"
_LAST_LETTER = 0x40000
"""No letters, digits or white space from here on (Unicode 16)."""


@cache
def _any_word() -> re.Pattern[str]:
    # The re module knows no class of marks, and a mark belongs to the word that it stands in.
    marks = "".join(chr(code) for code in range(0x300, 0x10000) if _is_mark(chr(code)))
    return re.compile(rf"([{_ALONE}]|(?:[^\W{_ALONE}]|[{marks}])+)")


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M" and not re.match(f"[{_ALONE}]", char)


@cache
def char_kinds() -> NDArray[np.uint8]:
    """The kind of every code point."""
    kinds = np.zeros(0x110000, np.uint8)
    chars = "".join(map(chr, range(_LAST_LETTER)))
    for found in _any_word().finditer(chars):
        kinds[found.start() : found.end()] = WORD
    for found in re.finditer(f"[{_ALONE}]", chars):
        kinds[found.start()] = ALONE
    kinds[[found.start() for found in re.finditer(r"\s", chars)]] = BLANK
    kinds[[ord(dash) for dash in _DASHES]] = DASH
    return kinds


def fold(text: str) -> str:
    """`text` without case and with plain apostrophes, code point for code point."""
    if text.isascii():
        return text.lower()
    text = text.replace("\u0130", "I").lower().replace("\u03c2", "\u03c3")
    return text.replace("\u2019", "'").replace("\u2018", "'")


@lru_cache(maxsize=4_096)
def joint(gap: str) -> str:
    """What stands between two words, as phrases see it: spaces and dashes are one space."""
    if gap and all(char.isspace() or char in _DASHES for char in gap):
        return " "
    return "".join(gap.split())


class Words:
    """The words of one text, each at `start(i)..end(i)` in code points (end exclusive)."""

    def __init__(self, text: str, folded: str, starts: Sequence[Any], ends: Sequence[Any]) -> None:
        self.text = text
        self.folded = folded
        self._starts = starts
        self._ends = ends

    @classmethod
    def of(cls, text: str) -> "Words":
        """The words of a text; for long texts there is `scan.scanned`."""
        folded = fold(text)
        pieces = (_ASCII_WORD if text.isascii() else _any_word()).split(folded)
        places = list(accumulate(map(len, pieces)))
        return cls(text, folded, places[:-1:2], places[1::2])

    @cached_property
    def words(self) -> list[str]:
        """The words, folded."""
        return [self.folded[start:end] for start, end in zip(self._starts, self._ends, strict=True)]

    def __len__(self) -> int:
        return len(self._starts)

    def start(self, word: int) -> int:
        """Where the word starts."""
        return int(self._starts[word])

    def end(self, word: int) -> int:
        """Where the word ends, exclusive."""
        return int(self._ends[word])

    def gap(self, word: int) -> str:
        """What stands before the word, folded; behind the last one for `len(self)`."""
        start = self._ends[word - 1] if word else 0
        end = self._starts[word] if word < len(self) else len(self.folded)
        return self.folded[start:end]

    def key(self, first: int, last: int) -> str:
        """The words first..last with their joints: what a phrase's key is compared with."""
        if first == last:
            return self.folded[self._starts[first] : self._ends[first]]
        return "".join(
            chain.from_iterable(
                (joint(self.gap(word)) if word > first else "", self.key(word, word))
                for word in range(first, last + 1)
            )
        )


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase: its words with joints as one key, and the signs that belong to its ends (C++)."""

    key: str
    words: tuple[str, ...]
    steps: tuple[str, ...]
    before: str
    after: str

    @staticmethod
    @lru_cache(maxsize=65_536)
    def of(text: str) -> "Phrase":
        """The phrase of a text.

        Raises:
            ValueError: no word in it, or more than `MAX_WORDS`.
        """
        found = Words.of(unicodedata.normalize("NFC", text).strip(_IGNORED_AT_ENDS))
        count = len(found)
        if not 1 <= count <= MAX_WORDS:
            raise ValueError(f"a phrase has 1 to {MAX_WORDS} words: {text!r}")
        steps = tuple(found.key(0, last) for last in range(count))
        signs = found.gap(0).strip(), found.gap(count).strip()
        return Phrase(steps[-1], tuple(found.words), steps, *signs)

    @property
    def plain(self) -> bool:
        """Whether no sign belongs to its ends."""
        return not (self.before or self.after)

    def stands(self, where: Words, first: int, last: int) -> bool:
        """Whether the signs at its ends are there."""
        before, after = where.gap(first), where.gap(last + 1)
        return before.endswith(self.before) and after.startswith(self.after)
