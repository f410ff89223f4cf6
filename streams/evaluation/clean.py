"""The web pages with a hand-made body, and the 4-shingle F1 of a text against it.

The measure is that of the article-extraction benchmark: multisets of four-word shingles, counts
normalised per page, precision and recall averaged over pages.
"""

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from streams.evaluation.split import is_check
from streams.records import Article
from streams.stages.clean import RawArticle, clean

FILE = "clean/aeb-lines-dev.jsonl.gz"
WHOLE = "html-text"
SHINGLE = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Page:
    """What one extractor made of a page; `body` is the article by hand."""

    page_id: str
    extractor: str
    lines: tuple[str, ...]
    body: str

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Score:
    """Means over pages, in 0..1; `f1` is of the means."""

    precision: float
    recall: float
    pages: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def pages(data: Path, *, check: bool) -> list[Page]:
    """The pages of the check half, or of the tuning half."""
    with gzip.open(data / FILE) as file:
        rows = [orjson.loads(line) for line in file]
    return [
        Page(row["id"], row["extractor"], tuple(row["lines"]), row["gold_body"])
        for row in rows
        if is_check(row["id"]) == check
    ]


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The multiset of runs of four words; a shorter text is one run."""
    words = _WORD.findall(text)
    count = max(1, len(words) - SHINGLE + 1)
    return Counter(tuple(words[at : at + SHINGLE]) for at in range(count))


def score(pairs: Iterable[tuple[str, str]]) -> Score:
    """The score of (text, body) pairs."""
    precision, recall = [], []
    for text, body in pairs:
        found, wanted = shingles(text), shingles(body)
        shared = (found & wanted).total()
        precision.append(shared / found.total())
        recall.append(shared / wanted.total())
    count = max(1, len(precision))
    return Score(sum(precision) / count, sum(recall) / count, len(precision))


def cleaned(group: Sequence[Page]) -> list[str]:
    """The pages' texts through the clean stage; empty where it refuses one."""
    found = clean([RawArticle(text=page.text) for page in group])
    return [article.text if isinstance(article, Article) else "" for article in found]


def figures(group: Sequence[Page]) -> dict[str, tuple[Score, Score]]:
    """Per extractor, and for all but whole pages: the untouched text's score and the cleaned."""
    texts = dict(zip(group, cleaned(group), strict=True))
    names = sorted({page.extractor for page in group})
    members = {name: [page for page in group if page.extractor == name] for name in names}
    members["extracted"] = [page for page in group if page.extractor != WHOLE]
    return {
        name: (
            score((page.text, page.body) for page in chosen),
            score((texts[page], page.body) for page in chosen),
        )
        for name, chosen in members.items()
    }
