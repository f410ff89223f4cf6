"""From cleaned articles to the values of the fingerprint log."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from streams.records import Article
from streams.stages.dedup.shingles import U64, batch_words, hash_text, shingles, split_words
from streams.stages.dedup.value import MAX_KEYS, MAX_SKETCH, Fingerprint, pack

_MIN_KEYS = 8
_WORDS_PER_KEY = 12
_SECONDS = 60
_LOW_32 = (1 << 32) - 1


def fingerprint(articles: Sequence[Article]) -> list[bytes]:
    """One log value (< 1 kB) per article, in order: a function of the article alone."""
    batch = batch_words([article.text for article in articles])
    return [
        pack(_fingerprint(article, words, batch.hashes[start:end]))
        for article, words, start, end in zip(
            articles, batch.words, batch.first[:-1], batch.first[1:], strict=True
        )
    ]


def _fingerprint(article: Article, words: list[str], hashes: U64) -> Fingerprint:
    grams = shingles(hashes)
    rate, sketch = _sketch(grams)
    return Fingerprint(
        article_id=article.article_id,
        content=hash_text(" ".join(words) or article.text.strip()),
        page=_page(article),
        source=hash_text((article.source or "").lower()) & _LOW_32,
        published=_minutes(article.published_at),
        words=len(words),
        flags=0,
        rate=rate,
        sketch=sketch,
        keys=_keys(grams),
    )


def _sketch(grams: U64) -> tuple[int, NDArray[np.uint16]]:
    _, first = np.unique(grams, return_index=True)
    sampled = grams[np.sort(first)]
    rate = 0
    while len(sampled) > MAX_SKETCH:
        rate += 1
        sampled = sampled[sampled & np.uint64((1 << rate) - 1) == 0]
    return rate, (sampled >> np.uint64(rate)).astype(np.uint16)


def _keys(grams: U64) -> U64:
    distinct = np.unique(grams)
    return distinct[: min(MAX_KEYS, max(_MIN_KEYS, len(distinct) // _WORDS_PER_KEY))]


def _page(article: Article) -> int:
    if not article.url:
        return 0
    title = " ".join(split_words(article.title or ""))
    return hash_text(f"{article.url}\n{title}")


def _minutes(moment: str | None) -> int:
    try:
        parsed = datetime.fromisoformat(moment or "")
    except ValueError:
        return 0
    if parsed.tzinfo is None:
        return 0
    return min(max(int(parsed.timestamp()) // _SECONDS, 0), _LOW_32)
