"""The words of a text that tell its story: lines of furniture and small words left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

from streams.stages.dedup.scan import U64, Strings, scan

# Scripts written without spaces count a character as a word. For texts that are not mostly ASCII.
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]|\w+")
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
# With these captions end, however long they are.
_CREDITS = ("photo", "getty images", "file/ap")
# In texts that are mostly ASCII other bytes belong to words, but for these marks.
_TYPOGRAPHY = tuple(
    mark.encode() for mark in "\u00a0\u00ab\u00bb\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026"
)
_MOSTLY_ASCII = 1.1
_ASCII_WORD = b"abcdefghijklmnopqrstuvwxyz0123456789_"
_SPLIT = bytes(b if b in _ASCII_WORD + b"\n" or b > 127 else 32 for b in range(256))  # noqa: PLR2004


@dataclass(slots=True)
class Words:
    """The lower-case words of a text, numbers included, joined by spaces, and those of its story.

    `story` are the content words' 64-bit hashes in text order, the lowest bit set for numbers;
    content words have four letters or more, or are numbers or of other scripts. `story_words`
    counts all words of the story.
    """

    joined: NDArray[np.uint8]
    story: U64
    story_words: int


def hash_text(text: str) -> int:
    """A stable 64-bit hash of any string, lone surrogates included."""
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def words_of(text: str) -> Words:
    """The words of `text`; numbers are words, punctuation is not.

    Left out of the story: repeated lines, short lines that are no sentence, short lines with the
    marks of captions and notices, and lines that end with the credit of a picture. A short text is
    all story, for a report can differ from the last one in its table only; so is one of which
    little would remain.
    """
    lower = text.lower()
    raw = lower.encode("utf-8", "surrogatepass")
    return Words(*scan(_flat(_split(lower, raw)), _flat(raw), _MARKS))


def _split(lower: str, raw: bytes) -> bytes:
    """The words of `lower` between spaces, in its lines."""
    if len(raw) > _MOSTLY_ASCII * len(lower):
        lines = "\n".join(" ".join(_WORD.findall(line)) for line in lower.split("\n"))
        return lines.encode("utf-8", "surrogatepass")
    if len(raw) > len(lower):
        for mark in _TYPOGRAPHY:
            raw = raw.replace(mark, b" ")
    return raw.translate(_SPLIT)


def _flat(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


def _table(strings: Sequence[str]) -> Strings:
    ordered = sorted(string.encode() for string in strings)
    begins = np.cumsum([0, *map(len, ordered)])
    by_first = np.searchsorted([string[0] for string in ordered], np.arange(257))
    by_two = np.zeros((256, 256), np.bool_)
    by_two[[s[0] for s in ordered], [s[1] for s in ordered]] = True
    return _flat(b"".join(ordered)), begins, by_first, by_two


_MARKS = _table(_FURNITURE), _table(_CREDITS)
