"""Words of a text with their places, and phrases as sequences of words.

A word is a run of letters, digits, marks or `_`; in scripts without spaces between words, and in
Hangul where particles stick to nouns, each character is one. Folding keeps the length of any
text, so a place in the folded text is the same place in the text.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate

MAX_WORDS = 20
_THAI_TO_KHMER = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_ALONE = _THAI_TO_KHMER + "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_ASCII_WORD = re.compile(r"(\w+)", re.ASCII)
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014")
_IGNORED_AT_ENDS = " \t\r\n\u00a0.,;:!?'\"\u201c\u201d()[]"


@cache
def _any_word() -> re.Pattern[str]:
    # The re module knows no class of marks, and a mark belongs to the word that it stands in.
    marks = "".join(chr(code) for code in range(0x300, 0x10000) if _is_mark(chr(code)))
    return re.compile(rf"([{_ALONE}]|(?:[^\W{_ALONE}]|[{marks}])+)")


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M" and not re.match(f"[{_ALONE}]", char)


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
    """The words of one text: `words[i]` folded stands at `start(i)..end(i)` of `text`."""

    __slots__ = ("_places", "gaps", "text", "words")

    def __init__(self, text: str) -> None:
        pieces = (_ASCII_WORD if text.isascii() else _any_word()).split(fold(text))
        self.text = text
        self.gaps, self.words = pieces[0::2], pieces[1::2]
        self._places = list(accumulate(map(len, pieces)))

    def start(self, word: int) -> int:
        """Where the word starts, in code points."""
        return self._places[2 * word]

    def end(self, word: int) -> int:
        """Where the word ends, exclusive."""
        return self._places[2 * word + 1]


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
        found = Words(unicodedata.normalize("NFC", text).strip(_IGNORED_AT_ENDS))
        if not 1 <= len(found.words) <= MAX_WORDS:
            raise ValueError(f"a phrase has 1 to {MAX_WORDS} words: {text!r}")
        steps = [found.words[0]]
        for gap, word in zip(found.gaps[1:-1], found.words[1:], strict=True):
            steps.append(steps[-1] + joint(gap) + word)
        signs = found.gaps[0].strip(), found.gaps[-1].strip()
        return Phrase(steps[-1], tuple(found.words), tuple(steps), *signs)

    @property
    def size(self) -> int:
        """How many words it has."""
        return len(self.words)

    @property
    def plain(self) -> bool:
        """Whether no sign belongs to its ends."""
        return not (self.before or self.after)

    def stands(self, where: Words, first: int, last: int) -> bool:
        """Whether the signs at its ends are there."""
        before, after = where.gaps[first], where.gaps[last + 1]
        return before.endswith(self.before) and after.startswith(self.after)
