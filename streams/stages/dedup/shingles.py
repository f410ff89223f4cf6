"""Words of a batch as one array of hashes, and hashes of word shingles over it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

SHINGLE = 4
# Scripts written without spaces count a character as a word.
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]|\w+")
_CACHED_WORDS = 1 << 19
_PAD = np.zeros(SHINGLE - 1, np.uint64)
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64
)


class _Hashes(dict[str, int]):
    """Word to 64-bit hash; only a cache, so clearing it changes nothing."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _CACHED_WORDS:
            self.clear()
        self[word] = value = hash_text(word)
        return value


_HASHES = _Hashes()


@dataclass(slots=True)
class Words:
    """Lower-case words of a batch end to end: text d has hashes[first[d]:first[d + 1]]."""

    words: list[list[str]]
    hashes: U64
    first: I64


def hash_text(text: str) -> int:
    """A stable 64-bit hash of any string, lone surrogates included."""
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def split_words(text: str) -> list[str]:
    """The words of `text` in lower case; numbers are words, punctuation is not."""
    return _WORD.findall(text.lower())


def batch_words(texts: Sequence[str]) -> Words:
    """The words of every text with their 64-bit hashes."""
    words = [split_words(text) for text in texts]
    first = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(w) for w in words], out=first[1:])
    flat = [_HASHES[word] for text in words for word in text]
    return Words(words, np.array(flat, np.uint64), first)


def mix(values: U64) -> U64:
    """A bijection that spreads every bit of its input over all bits (splitmix64's finaliser)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def shingles(hashes: U64) -> U64:
    """Hashes of `SHINGLE` words in a row, one starting at every word; the end is padded."""
    if not len(hashes):
        return hashes
    padded = np.concatenate([hashes, _PAD])
    total = np.zeros(len(hashes), np.uint64)
    for place, odd in enumerate(_ODD):
        total += padded[place : place + len(hashes)] * odd
    return mix(total)
