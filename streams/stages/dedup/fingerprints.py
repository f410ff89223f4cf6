"""From cleaned articles to the values of the fingerprint log."""

import re
from collections.abc import Sequence
from datetime import datetime

import xxhash

from streams.records import Article
from streams.stages.clean.repetition import carried
from streams.stages.dedup.repeats import LINES
from streams.stages.dedup.scan import sketched
from streams.stages.dedup.value import Fingerprint, pack
from streams.stages.dedup.words import Words, hash_text, words_of

CORRECTION = 1

_CORRECTED = re.compile(r"\W*(?:correct(?:s|ed|ion)|clarification|retraction)\b", re.IGNORECASE)
_TITLE_BELOW = 25
"""Words of a text: who pays a dividend often stands in the title alone."""
_SECONDS = 60
_LOW_32 = (1 << 32) - 1


def fingerprint(articles: Sequence[Article]) -> list[bytes]:
    """One log value (< 1 kB) per article, in order: a function of the article alone."""
    return [pack(_fingerprint(article, _words(article))) for article in articles]


def _words(article: Article) -> Words:
    """The words of the text; of one that says little without its title, the title's before them."""
    words = words_of(article.text)
    if article.title and words.story_words < _TITLE_BELOW:
        return words_of(f"{article.title}\n{article.text}")
    return words


def _fingerprint(article: Article, words: Words) -> Fingerprint:
    highest, codes, keys = sketched(words.story)
    return Fingerprint(
        article_id=article.article_id,
        content=_content(article, words),
        page=_page(article),
        source=hash_text((article.source or "").lower()) & _LOW_32,
        published=_minutes(article.published_at),
        words=min(words.story_words, _LOW_32),
        flags=_flags(article),
        highest=highest,
        codes=codes,
        keys=keys,
        sections=_sections(article),
    )


def _sections(article: Article) -> dict[int, bytes]:
    lines = carried(article)
    return {} if lines is None else {LINES: lines}


def _content(article: Article, words: Words) -> int:
    if len(words.joined):
        return xxhash.xxh3_64_intdigest(words.joined.data)
    return hash_text(article.text.strip())


def _flags(article: Article) -> int:
    corrected = _CORRECTED.match(article.title or "") or _CORRECTED.match(article.text)
    return CORRECTION if corrected else 0


def _page(article: Article) -> int:
    if not article.url:
        return 0
    title = words_of(article.title or "").joined.tobytes()
    return xxhash.xxh3_64_intdigest(article.url.encode("utf-8", "surrogatepass") + b"\n" + title)


def _minutes(moment: str | None) -> int:
    try:
        parsed = datetime.fromisoformat(moment or "")
    except ValueError:
        return 0
    if parsed.tzinfo is None:
        return 0
    return min(max(int(parsed.timestamp()) // _SECONDS, 0), _LOW_32)
