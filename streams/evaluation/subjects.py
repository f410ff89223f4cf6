"""Figures of the subject classifier on data that it never saw.

- WCEP: one of ten categories an event; the classifier's answer is the category whose topic has
  the highest confidence (health and environment are one category there).
- MasakhaNEWS, never trained on: one of six classes an article, by the table `CLASSES`.
- Wikinews, labelled by hand with several topics: micro-F1 by level of the taxonomy.
"""

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.evaluation import subject_corpus as corpus
from streams.evaluation.split import is_check
from streams.evaluation.wikinews import YEARS
from streams.evaluation.wikinews import rows as articles_of
from streams.records import Article
from streams.stages.subjects import taxonomy
from streams.stages.subjects.classifier import Classifier
from streams.stages.subjects.model import Floats
from streams.text.tokens import tokenise

CATEGORIES: Mapping[str, tuple[str, ...]] = {
    **{category: (code,) for category, code in corpus.CODES.items()},
    corpus.BOTH: (corpus.HEALTH, corpus.ENVIRONMENT),
}
CLASSES: Mapping[str, tuple[str, ...]] = {
    "business": ("medtop:04000000",),
    "entertainment": ("medtop:01000000",),
    "health": ("medtop:07000000",),
    "politics": ("medtop:11000000",),
    "sports": ("medtop:15000000",),
    "technology": ("medtop:13000000", "medtop:20000225", "medtop:20000763", "medtop:20001182"),
}
"""Technology there is science and technology, the industry of it, and social media."""

BINS = 10
DRAWS, SEED = 400, 7


@dataclass(slots=True, frozen=True)
class Labelled:
    """An article and what it is about: one class, or codes."""

    article: Article
    labels: frozenset[str]


def articles(titles: Sequence[str | None], texts: Sequence[str]) -> list[Article]:
    """Bare articles of these texts."""
    return [
        Article(article_id=f"{number:032x}", title=title, text=text)
        for number, (title, text) in enumerate(zip(titles, texts, strict=True))
    ]


def wcep(data: Path, year: int, *, titled: bool) -> list[Labelled]:
    """The events of a year; `titled`: with the heading of the story as the title."""
    events = [e for e in corpus.wcep(data) if e.year == year]
    titles = [e.headings[-1] if titled and e.headings else None for e in events]
    bare = articles(titles, [e.text for e in events])
    return [Labelled(a, frozenset({e.category})) for a, e in zip(bare, events, strict=True)]


def masakha(data: Path, *, check: bool) -> list[Labelled]:
    """A half of MasakhaNEWS' English development set."""
    csv.field_size_limit(10_000_000)
    path = data / "topics/masakhanews-eng-dev.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = [r for r in csv.DictReader(lines, delimiter="\t") if is_check(r["url"]) == check]
    bare = articles([r["headline"] for r in rows], [r["text"] for r in rows])
    return [Labelled(a, frozenset({r["category"]})) for a, r in zip(bare, rows, strict=True)]


def wikinews(data: Path, labels: Path, *, check: bool | None = None) -> list[Labelled]:
    """The articles that `labels` (address, tab, codes) names, with their topics and parents.

    `check`: only that half of them.
    """
    rows = {row["url"]: row for year in YEARS for row in articles_of(data, year)}
    lines = labels.read_text("utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if not line.startswith("#")]
    pairs = [pair for pair in pairs if check is None or is_check(pair[0]) == check]
    bare = articles([rows[u]["title"] for u, _ in pairs], [rows[u]["text"] for u, _ in pairs])
    return [
        Labelled(a, frozenset(taxonomy.PREFIX + code for code in codes.split()))
        for a, (_, codes) in zip(bare, pairs, strict=True)
    ]


def confidences(classifier: Classifier, batch: Sequence[Article]) -> Floats:
    """The confidence of every topic of the model: (articles, topics)."""
    return classifier.confidences(batch, tokenise([a.text for a in batch]))


def table(classifier: Classifier, found: Floats, classes: Mapping[str, tuple[str, ...]]) -> Floats:
    """The confidence of each class, that of its surest topic: (articles, classes)."""
    column = {code: i for i, code in enumerate(classifier.model.codes)}
    return np.stack(
        [found[:, [column[c] for c in codes]].max(axis=1) for codes in classes.values()], axis=1
    )


def accuracy(
    classifier: Classifier, rows: Sequence[Labelled], classes: Mapping[str, tuple[str, ...]]
) -> float:
    """Share of the articles whose surest class is the right one."""
    sure = table(classifier, confidences(classifier, [r.article for r in rows]), classes)
    names = list(classes)
    right = [names[best] in row.labels for best, row in zip(sure.argmax(1), rows, strict=True)]
    return float(np.mean(right))


def calibration_error(
    classifier: Classifier, rows: Sequence[Labelled], classes: Mapping[str, tuple[str, ...]]
) -> float:
    """Expected calibration error of the surest class, in ten bins of equal width (0..1)."""
    sure = table(classifier, confidences(classifier, [r.article for r in rows]), classes)
    names = list(classes)
    right = [names[best] in row.labels for best, row in zip(sure.argmax(1), rows, strict=True)]
    return expected_error(sure.max(1), np.array(right))


def chance_error(
    classifier: Classifier, rows: Sequence[Labelled], classes: Mapping[str, tuple[str, ...]]
) -> float:
    """The calibration error that the same confidences would show if they were exactly right.

    It is not 0 on few answers: the share right of a bin scatters. Mean over `DRAWS` draws.
    """
    sure = table(classifier, confidences(classifier, [r.article for r in rows]), classes).max(1)
    dice = np.random.default_rng(SEED)
    drawn = (dice.random(len(sure)) < sure for _ in range(DRAWS))
    return float(np.mean([expected_error(sure, right) for right in drawn]))


def expected_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Mean over the answers of |confidence - share right| of the bin they fall into."""
    member = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(float(confidence[member == b].sum() - right[member == b].sum())) for b in range(BINS)
    ]
    return sum(gaps) / max(len(confidence), 1)


@dataclass(slots=True, frozen=True)
class Score:
    """Micro precision, recall and F1 over (article, topic) pairs; `support` is how many."""

    precision: float
    recall: float
    f1: float
    support: int


def by_level(classifier: Classifier, rows: Sequence[Labelled]) -> dict[int, Score]:
    """Micro-F1 of the given subjects by level of the taxonomy, over topics the model knows."""
    known = {c for code in classifier.model.codes for c in taxonomy.lineage(code)}
    batch = [r.article for r in rows]
    given = classifier.classify(batch, tokenise([a.text for a in batch]))
    found = [{s.code for s in subjects} for subjects in given]
    levels = sorted({taxonomy.level(code) for code in known})
    return {
        level: _micro(
            [{c for c in r.labels & known if taxonomy.level(c) == level} for r in rows],
            [{c for c in codes if taxonomy.level(c) == level} for codes in found],
        )
        for level in levels
    }


def given_error(classifier: Classifier, rows: Sequence[Labelled]) -> float:
    """Expected calibration error of the subjects that are given, implied parents included."""
    batch = [r.article for r in rows]
    given = classifier.classify(batch, tokenise([a.text for a in batch]))
    pairs = [
        (s, s.code in r.labels) for r, subjects in zip(rows, given, strict=True) for s in subjects
    ]
    sure = np.array([s.confidence for s, _ in pairs], np.float32)
    return expected_error(sure, np.array([right for _, right in pairs], np.bool_))


def _micro(wanted: Sequence[set[str]], found: Sequence[set[str]]) -> Score:
    hits = sum(len(w & f) for w, f in zip(wanted, found, strict=True))
    support, given = sum(map(len, wanted)), sum(map(len, found))
    return Score(
        hits / max(given, 1), hits / max(support, 1), 2 * hits / max(given + support, 1), support
    )
