"""Dedup figures: labelled pairs of a real stream through clean, fingerprint and index.

The Helsinki pairs are split by the hash of the pair (`is_check("<seq_a>-<seq_b>")`). 139 of the 193
pairs hang together through shared articles, so a split by article would lose half of them.
"""

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from streams.evaluation.split import is_check
from streams.records import Article, Relation
from streams.stages.clean import clean, parse
from streams.stages.contract import Record
from streams.stages.dedup import Index, fingerprint

CLASSES = ("duplicate", "update", "other")
CLASS_OF = {"same": "duplicate", "abridged": "duplicate", "updated": "update"}
DIFFERENT_STORY = 1.5

_MAX_BYTES = 5_000_000


@dataclass(slots=True, frozen=True)
class Pair:
    """Two raw records, the earlier first, with their arrival in ms and a label."""

    name: str
    label: str
    first: dict[str, Any]
    second: dict[str, Any]
    arrivals_ms: tuple[int, int] = (0, 1)


@dataclass(slots=True, frozen=True)
class Scores:
    """`confusion[true class][predicted class]` over CLASSES."""

    confusion: dict[str, dict[str, int]]

    def f1(self, name: str) -> float:
        """F1 of one class; 0 if it was never hit."""
        hit = self.confusion[name][name]
        predicted = sum(row[name] for row in self.confusion.values())
        return 2 * hit / max(1, predicted + sum(self.confusion[name].values()))

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the three classes."""
        return sum(map(self.f1, CLASSES)) / len(CLASSES)


def helsinki_pairs(data: Path, *, check: bool) -> list[Pair]:
    """The labelled hard pairs of one half."""
    with gzip.open(data / "dedup/helsinki-articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = {a["seq"]: a for a in map(orjson.loads, lines)}
    with (data / "dedup/helsinki-labels-dev.csv").open(encoding="utf-8", newline="") as rows:
        labelled = [(int(r["seq_a"]), int(r["seq_b"]), r["label"]) for r in csv.DictReader(rows)]
    return [
        Pair(
            f"{a}-{b}",
            label,
            _raw(articles[a]),
            _raw(articles[b]),
            (_ms(articles[a]), _ms(articles[b])),
        )
        for a, b, label in labelled
        if is_check(f"{a}-{b}") == check
    ]


def semeval_pairs(data: Path) -> list[Pair]:
    """The pairs of different articles; the label is the human score, 1 (same story) to 4."""
    path = data / "dedup/semeval-pairs-dev.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        found = [orjson.loads(line) for line in lines]
    return [
        Pair(
            p["pair_id"],
            p["overall"],
            {"text": p["text1"], "url": p["url1"]},
            {"text": p["text2"], "url": p["url2"]},
        )
        for p in found
    ]


def relations(pairs: Sequence[Pair]) -> list[Relation | None]:
    """What the stage says of each pair, each in an index of its own."""
    return [_relation(pair) for pair in pairs]


def class_of(relation: Relation | None) -> str:
    """The class of CLASSES that a relation stands for."""
    if relation in {"same", "abridged"}:
        return "duplicate"
    return "update" if relation == "update" else "other"


def score(pairs: Sequence[Pair], found: Sequence[Relation | None]) -> Scores:
    """The confusion of labelled pairs with what the stage says."""
    confusion = {true: dict.fromkeys(CLASSES, 0) for true in CLASSES}
    for pair, relation in zip(pairs, found, strict=True):
        confusion[CLASS_OF.get(pair.label, "other")][class_of(relation)] += 1
    return Scores(confusion)


def false_merges(pairs: Sequence[Pair], found: Sequence[Relation | None]) -> list[str]:
    """Names of the SemEval pairs about different stories that the stage calls duplicates."""
    return [
        pair.name
        for pair, relation in zip(pairs, found, strict=True)
        if float(pair.label) > DIFFERENT_STORY and class_of(relation) == "duplicate"
    ]


def cleaned(raws: Sequence[dict[str, Any]]) -> list[Article]:
    """The raw records as the clean stage leaves them.

    Raises:
        ValueError: the clean stage refused one.
    """
    found = clean([parse(Record(orjson.dumps(raw)), _MAX_BYTES) for raw in raws])
    articles = [article for article in found if isinstance(article, Article)]
    if len(articles) < len(raws):
        raise ValueError("the clean stage refused an article of the evaluation data")
    return articles


def _relation(pair: Pair) -> Relation | None:
    articles = cleaned([pair.first, pair.second])
    decision = Index().observe(fingerprint(articles), [0, 1], pair.arrivals_ms)[1]
    matches = decision.dedup.matches if decision.dedup else []
    return matches[0].relation if matches else None


def _raw(article: dict[str, Any]) -> dict[str, Any]:
    return {
        "text": article["text"],
        "source": article["publisher"],
        "url": f"https://{article['publisher']}/{article['seq']}",
    }


def _ms(article: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(article["scrape_time"]).timestamp() * 1000)
