"""Texts of sources that repeat themselves: what counting lines per source adds to the clean stage.

Two streams: articles of Wikinews under the furniture of papers made by us, with their bodies, and
the real stream that dedup is measured on, of which nobody has said what is furniture.
"""

import gzip
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from streams.evaluation.clean import Score, score
from streams.evaluation.wikinews import wikinews
from streams.records import Article
from streams.stages.clean import RawArticle, clean, without_repeated
from streams.stages.dedup import Index, fingerprint

_PAPERS = 8
_SHOWN = 0.8
_OPENING = (
    "{} has served its readers since {}.|From our own reporters on the coast|The day's report"
    "|You are reading the free edition of {}.|This story is part of our series on the region."
    "|Reporting from across the country|Listen to this story, read by our own voices."
).split("|")
_CLOSING = (
    "{} is owned by its readers and by nobody else.|Our newsroom answers letters within {} days."
    "|Pictures on this page may be bought from the desk."
    "|The night desk of {} closes at {}."
    "|If you know more about this story, our door is open."
    "|This report was checked by two editors before it went out."
    "|{} prints corrections on page two.|Support us with the price of a cup of coffee."
    "|Readers under eighteen read {} for nothing.|Tomorrow's paper goes to print at midnight."
    "|Words by the newsroom, numbers by the statistics office."
).split("|")


@dataclass(frozen=True)
class Sourced:
    """An article in its paper's furniture; `body` is the article alone."""

    raw: RawArticle
    body: str


@dataclass(frozen=True)
class Gain:
    """Scores of the untouched texts, the cleaned ones, and those without repeated lines too."""

    untouched: Score
    cleaned: Score
    repeated: Score


def made_stream(data: Path) -> list[Sourced]:
    """The Wikinews articles dealt out to papers made by us, the same every time."""
    rng = random.Random(0)  # noqa: S311 - no secret
    papers = [_paper(rng, number) for number in range(_PAPERS)]
    return [_sourced(rng, rng.choice(papers), lines) for _, lines in wikinews(data)]


@dataclass(frozen=True)
class _Paper:
    name: str
    opening: list[str]
    closing: list[str]


def _paper(rng: random.Random, number: int) -> _Paper:
    name, some = f"The Paper {number}", str(rng.randint(2, 9))
    opening = rng.sample(_OPENING, rng.randint(0, 2))
    closing = rng.sample(_CLOSING, rng.randint(1, 4))
    parts = [[line.format(name, some) for line in part] for part in (opening, closing)]
    return _Paper(name, *parts)


def _sourced(rng: random.Random, paper: _Paper, lines: Sequence[str]) -> Sourced:
    above, below = (
        [line for line in part if rng.random() < _SHOWN] for part in (paper.opening, paper.closing)
    )
    text = "\n".join([*above, *lines, *below])
    return Sourced(RawArticle(text=text, source=paper.name), "\n".join(lines))


def real_stream(data: Path) -> list[RawArticle]:
    """The articles of the real stream in the order of arrival."""
    with gzip.open(data / "dedup/helsinki-articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = sorted(map(orjson.loads, lines), key=lambda row: int(row["seq"]))
    return [RawArticle(text=row["text"], source=row["publisher"]) for row in rows]


def streamed(raws: Sequence[RawArticle]) -> list[tuple[str, str]]:
    """Of each article in the order of the log: the cleaned text, and without repeated lines."""
    refused = Article(article_id="0" * 32, text="")
    articles = [article if isinstance(article, Article) else refused for article in clean(raws)]
    offsets = range(len(articles))
    decisions = Index().observe(fingerprint(articles), offsets, [0] * len(articles))
    return [
        (article.text, without_repeated(article, decision.repeated).text)
        for article, decision in zip(articles, decisions, strict=True)
    ]


def gain(data: Path) -> Gain:
    """The scores of the made stream."""
    stream = made_stream(data)
    found = streamed([article.raw for article in stream])
    bodies = [article.body for article in stream]
    return Gain(
        score((a.raw.text, a.body) for a in stream),
        score((text, body) for (text, _), body in zip(found, bodies, strict=True)),
        score((text, body) for (_, text), body in zip(found, bodies, strict=True)),
    )


def taken_out(data: Path) -> Counter[str]:
    """The lines that repetition takes out of the real stream, and how often."""
    found: Counter[str] = Counter()
    for before, after in streamed(real_stream(data)):
        if before != after:
            found += Counter(filter(None, before.split("\n"))) - Counter(after.split("\n"))
    return found
