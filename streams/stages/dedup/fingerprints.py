"""From cleaned articles to the values of the fingerprint log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import xxhash
from numpy.typing import NDArray

from streams.records import Article
from streams.stages.dedup.pairs import NUMBER_CODES
from streams.stages.dedup.value import MAX_CODES, MAX_KEYS, Fingerprint, pack
from streams.stages.dedup.words import U64, Words, content_hashes, hash_text, is_number, words_of

CORRECTION = 1

_CORRECTED = re.compile(r"\W*(?:correct(?:s|ed|ion)|clarification|retraction)\b", re.IGNORECASE)
KEY_WORDS = 4
_MIN_KEYS = 8
_WORDS_PER_KEY = 16
_KEY_MASK = np.uint64((1 << 48) - 1)
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64
)
_PAD = np.zeros(KEY_WORDS - 1, np.uint64)
_SECONDS = 60
_LOW_32 = (1 << 32) - 1


def fingerprint(articles: Sequence[Article]) -> list[bytes]:
    """One log value (< 1 kB) per article, in order: a function of the article alone."""
    words = [words_of(article.text) for article in articles]
    hashes = [content_hashes(w.story) for w in words]
    sketched = sketches(hashes)
    return [
        pack(_fingerprint(article, w, sketch))
        for article, w, sketch in zip(articles, words, sketched, strict=True)
    ]


@dataclass(slots=True)
class Sketch:
    """What the log carries of a text's words; see value.py."""

    highest: int
    codes: NDArray[np.uint8]
    keys: U64


def sketches(texts: Sequence[U64]) -> list[Sketch]:
    """The sketches of texts given as their content hashes."""
    flat = np.concatenate([*texts, _PAD]) if len(texts) else _PAD
    codes, runs = _codes(flat), _runs(flat)
    found, start = [], 0
    for text in texts:
        end = start + len(text)
        highest, kept = _kept(codes[start:end])
        last = end - KEY_WORDS + 1
        own = runs[start:last] if last > start else _runs(np.concatenate([text, _PAD]))[: len(text)]
        found.append(Sketch(highest, kept, _keys(own)))
        start = end
    return found


def _fingerprint(article: Article, words: Words, sketch: Sketch) -> Fingerprint:
    return Fingerprint(
        article_id=article.article_id,
        content=_content(article, words),
        page=_page(article),
        source=hash_text((article.source or "").lower()) & _LOW_32,
        published=_minutes(article.published_at),
        words=min(len(words.story), _LOW_32),
        flags=_flags(article),
        highest=sketch.highest,
        codes=sketch.codes,
        keys=sketch.keys,
    )


def _codes(hashes: U64) -> NDArray[np.uint8]:
    """A byte per word: numbers below `NUMBER_CODES`, words above."""
    spread = (hashes >> np.uint64(40)) & np.uint64(0xFFFF)
    as_word = NUMBER_CODES + ((spread * np.uint64(256 - NUMBER_CODES)) >> np.uint64(16))
    codes = np.where(is_number(hashes), spread % np.uint64(NUMBER_CODES), as_word)
    return codes.astype(np.uint8)


def _kept(codes: NDArray[np.uint8]) -> tuple[int, NDArray[np.uint8]]:
    """The codes of a long text without the highest, so that `MAX_CODES` or fewer are left."""
    if len(codes) <= MAX_CODES:
        return 255, codes
    up_to = np.cumsum(np.bincount(codes, minlength=256))
    highest = int(np.searchsorted(up_to, MAX_CODES, "right")) - 1
    return (highest, codes[codes <= highest]) if highest >= 0 else (0, codes[:0])


def _keys(runs: U64) -> U64:
    """The lowest hashes of the runs of words: texts that share runs share keys.

    The number of keys grows with the text, so that a short text inside a long one shares some.
    """
    runs = np.sort(runs)
    distinct = np.ones(len(runs), np.bool_)
    distinct[1:] = runs[1:] != runs[:-1]
    wanted = min(MAX_KEYS, max(_MIN_KEYS, len(runs) // _WORDS_PER_KEY))
    return runs[distinct][:wanted] & _KEY_MASK


def _runs(hashes: U64) -> U64:
    """Hashes of `KEY_WORDS` words in a row, one starting at each word that has so many."""
    count = max(0, len(hashes) - KEY_WORDS + 1)
    total = np.zeros(count, np.uint64)
    for place, odd in enumerate(_ODD):
        total += hashes[place : place + count] * odd
    return mix(total)


def _content(article: Article, words: Words) -> int:
    if words.all:
        return xxhash.xxh3_64_intdigest(b" ".join(words.all))
    return hash_text(article.text.strip())


def mix(values: U64) -> U64:
    """A bijection that spreads every bit of its input over all bits (splitmix64's finaliser)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _flags(article: Article) -> int:
    corrected = _CORRECTED.match(article.title or "") or _CORRECTED.match(article.text)
    return CORRECTION if corrected else 0


def _page(article: Article) -> int:
    if not article.url:
        return 0
    title = b" ".join(words_of(article.title or "").all)
    return xxhash.xxh3_64_intdigest(article.url.encode("utf-8", "surrogatepass") + b"\n" + title)


def _minutes(moment: str | None) -> int:
    try:
        parsed = datetime.fromisoformat(moment or "")
    except ValueError:
        return 0
    if parsed.tzinfo is None:
        return 0
    return min(max(int(parsed.timestamp()) // _SECONDS, 0), _LOW_32)
