"""From cleaned articles to the values of the fingerprint log."""

import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from streams.records import Article
from streams.stages.dedup.value import MAX_CODES, MAX_KEYS, Fingerprint, pack
from streams.stages.dedup.words import U64, Words, content_hashes, hash_text, is_number, words_of

CORRECTION = 1
NUMBER_CODES = 32

_CORRECTED = re.compile(r"\W*(?:correct(?:s|ed|ion)|clarification|retraction)\b", re.IGNORECASE)
_KEY_WORDS = 4
_MIN_KEYS = 8
_WORDS_PER_KEY = 16
_KEY_MASK = np.uint64((1 << 48) - 1)
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64
)
_PAD = np.zeros(_KEY_WORDS - 1, np.uint64)
_SECONDS = 60
_LOW_32 = (1 << 32) - 1


def fingerprint(articles: Sequence[Article]) -> list[bytes]:
    """One log value (< 1 kB) per article, in order: a function of the article alone."""
    return [pack(_fingerprint(article)) for article in articles]


def _fingerprint(article: Article) -> Fingerprint:
    words = words_of(article.text)
    hashes = content_hashes(words.story)
    highest, codes = _codes(hashes)
    return Fingerprint(
        article_id=article.article_id,
        content=hash_text(" ".join(words.all) or article.text.strip()),
        page=_page(article),
        source=hash_text((article.source or "").lower()) & _LOW_32,
        published=_minutes(article.published_at),
        words=min(len(words.story), _LOW_32),
        flags=_flags(article, words),
        highest=highest,
        codes=codes,
        keys=_keys(hashes),
    )


def _codes(hashes: U64) -> tuple[int, NDArray[np.uint8]]:
    """A byte per word: numbers below `NUMBER_CODES`, words above; the highest codes make way."""
    spread = (hashes >> np.uint64(40)) & np.uint64(0xFFFF)
    as_word = NUMBER_CODES + ((spread * np.uint64(256 - NUMBER_CODES)) >> np.uint64(16))
    codes = np.where(is_number(hashes), spread % np.uint64(NUMBER_CODES), as_word).astype(np.uint8)
    if len(codes) <= MAX_CODES:
        return 255, codes
    up_to = np.cumsum(np.bincount(codes, minlength=256))
    highest = int(np.searchsorted(up_to, MAX_CODES, "right")) - 1
    return (highest, codes[codes <= highest]) if highest >= 0 else (0, codes[:0])


def _keys(hashes: U64) -> U64:
    """Hashes of the runs of words that hash lowest: texts that share runs share keys.

    The number of keys grows with the text, so that a short text inside a long one shares some.
    """
    if not len(hashes):
        return hashes
    runs = np.unique(_runs(hashes))
    wanted = min(MAX_KEYS, max(_MIN_KEYS, len(runs) // _WORDS_PER_KEY))
    return runs[:wanted] & _KEY_MASK


def _runs(hashes: U64) -> U64:
    if len(hashes) < _KEY_WORDS:
        hashes = np.concatenate([hashes, _PAD])[:_KEY_WORDS]
    count = len(hashes) - _KEY_WORDS + 1
    total = np.zeros(count, np.uint64)
    for place, odd in enumerate(_ODD):
        total += hashes[place : place + count] * odd
    return mix(total)


def mix(values: U64) -> U64:
    """A bijection that spreads every bit of its input over all bits (splitmix64's finaliser)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _flags(article: Article, words: Words) -> int:
    head = article.title or " ".join(words.all[:3])
    return CORRECTION if _CORRECTED.match(head) or _CORRECTED.match(article.text) else 0


def _page(article: Article) -> int:
    if not article.url:
        return 0
    return hash_text(f"{article.url}\n{' '.join(words_of(article.title or '').all)}")


def _minutes(moment: str | None) -> int:
    try:
        parsed = datetime.fromisoformat(moment or "")
    except ValueError:
        return 0
    if parsed.tzinfo is None:
        return 0
    return min(max(int(parsed.timestamp()) // _SECONDS, 0), _LOW_32)
