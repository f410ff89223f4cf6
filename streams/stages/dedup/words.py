"""The words of a text that tell its story: lines of furniture and small words left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

# Scripts written without spaces count a character as a word. For texts that are not mostly ASCII.
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]|\w+")
_SENTENCE_ENDS = tuple(".!?…:;\"”'’)]")  # noqa: RUF001 - typographic quotes end sentences
# Marks of captions, legal lines and calls to subscribe, which sites add to any article.
_FURNITURE = (
    "photo",
    "getty images",
    "file/ap",
    "all rights reserved",
    "copyright",
    "may not be published",
    "sign up",
    "subscri",
    "newsletter",
    "click here",
    "follow us",
    "_taboola",
    "recommended video",
    "advertisement",
    "related stor",
    "related content",
    "related article",
    "digital access",
    "privacy policy",
    "terms of use",
    "terms of service",
    "contributed to this report",
    "on twitter",
    "read more",
    "share this",
    "most read",
    "cookies",
    "log in",
    "inbox",
)
# In texts that are mostly ASCII other bytes belong to words, but for these marks.
_TYPOGRAPHY = tuple(
    mark.encode() for mark in "\u00a0\u00ab\u00bb\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026"
)
_MOSTLY_ASCII = 1.1
_ASCII_WORD = b"abcdefghijklmnopqrstuvwxyz0123456789_"
_SPLIT = bytes(b if b in _ASCII_WORD + b"\n" or b > 127 else 32 for b in range(256))  # noqa: PLR2004
_FURNITURE_WORDS = 60
_LINE_WORDS = 8
_SENTENCE_WORDS = 3
_LEAST_KEPT, _LEAST_SHARE = 25, 0.25
_CONTENT_LETTERS = 4
_CACHED_WORDS = 1 << 19
_NUMBER = np.uint64(1)


@dataclass(slots=True)
class Words:
    """The lower-case words of a text: all of them, and those of its story in order."""

    all: list[bytes]
    story: list[bytes]


class _Hashes(dict[bytes, int]):
    """Word to 64-bit hash, 0 for a small word; a cache only, so clearing it changes nothing."""

    def __missing__(self, word: bytes) -> int:
        if len(self) >= _CACHED_WORDS:
            self.clear()
        self[word] = value = _content_hash(word)
        return value


_HASHES = _Hashes()


def hash_text(text: str) -> int:
    """A stable 64-bit hash of any string, lone surrogates included."""
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def words_of(text: str) -> Words:
    """The words of `text`; numbers are words, punctuation is not.

    Left out of the story: repeated lines, short lines that are no sentence, and short lines with
    the marks of captions and notices. A text of which little would remain is all story.
    """
    lower = text.lower()
    marks = [mark for mark in _FURNITURE if mark in lower]
    lines = list(zip(lower.split("\n"), _split(lower), strict=True))
    every = [word for _, words in lines for word in words]
    story = [word for words in _story_lines(lines, marks) for word in words]
    if len(story) < max(_LEAST_KEPT, _LEAST_SHARE * len(every)):
        story = every
    return Words(every, story)


def content_hashes(words: list[bytes]) -> U64:
    """64-bit hashes of the content words: four letters or more, numbers, other scripts.

    The lowest bit says whether the word is a number.
    """
    return np.array([h for h in map(_HASHES.__getitem__, words) if h], np.uint64)


def is_number(hashes: U64) -> NDArray[np.bool_]:
    """Which of `content_hashes` are numbers."""
    return np.asarray((hashes & _NUMBER) == _NUMBER)


def _split(lower: str) -> list[list[bytes]]:
    """The words of each line."""
    raw = lower.encode("utf-8", "surrogatepass")
    if len(raw) > _MOSTLY_ASCII * len(lower):
        return [_encoded(_WORD.findall(line)) for line in lower.split("\n")]
    if len(raw) > len(lower):
        for mark in _TYPOGRAPHY:
            raw = raw.replace(mark, b" ")
    return [line.split() for line in raw.translate(_SPLIT).split(b"\n")]


def _encoded(words: list[str]) -> list[bytes]:
    return [word.encode("utf-8", "surrogatepass") for word in words]


def _story_lines(lines: list[tuple[str, list[bytes]]], marks: list[str]) -> Iterator[list[bytes]]:
    seen: set[tuple[bytes, ...]] = set()
    for line, words in lines:
        if not _may_be_story(line, len(words), marks):
            continue
        identity = tuple(words)
        if identity not in seen:
            seen.add(identity)
            yield words


def _may_be_story(line: str, words: int, marks: list[str]) -> bool:
    if words < _LINE_WORDS and not (
        words >= _SENTENCE_WORDS and line.rstrip().endswith(_SENTENCE_ENDS)
    ):
        return False
    return words >= _FURNITURE_WORDS or not any(mark in line for mark in marks)


def _content_hash(word: bytes) -> int:
    number = word[:1].isdigit()
    if len(word) < _CONTENT_LETTERS and word.isascii() and not number:
        return 0
    return (xxhash.xxh3_64_intdigest(word) & ~1) | number or 2
