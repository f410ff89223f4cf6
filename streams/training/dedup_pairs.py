"""Pairs of texts made from open news articles, with a known relation: they steady the pair model.

Hand-labelled pairs are few. These are made from Wikinews (CC BY 2.5) by what sites do to an agency
article: light edits, cuts, other furniture around it, new leads on top of old paragraphs; and by
what misleads a detector: shared quotes, scraps and templates.
"""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from streams.evaluation.wikinews import YEARS, rows

DUPLICATE, UPDATE, OTHER = range(3)

_LEAST_PARAGRAPH, _LEAST_ARTICLE, _LEAST_ABRIDGED, _LEAST_REPORT = 8, 120, 80, 50
_SENTENCE = re.compile(r"(?<=[.!?\"])\s+")
_FURNITURE = (
    "Share this article",
    "Sign up for our newsletter",
    "Most read",
    "Updated at 4:15 p.m.",
    "All rights reserved. This material may not be published, broadcast or redistributed.",
    "More",
    "By staff writer",
    "Advertisement",
    "Our reporter in the region contributed to this account of the day's events.",
    "Read next: what the week ahead holds for the markets and for voters",
    "The pictures above show the scene on the day, as published by our partners in the region.",
    "Send your comments to the editor and we may publish a selection of them on Sunday.",
    "Support local journalism: become a member today and read without limits.",
    "This story has been updated throughout.",
)

Paragraphs = list[str]
Made = tuple[Paragraphs, Paragraphs]


def made_pairs(data: Path, count: int, seed: int = 1) -> list[tuple[str, str, int]]:
    """(earlier text, later text, class), about 6 times `count`; the same for the same."""
    maker = _Maker(_wikinews(data), seed)
    plan: list[tuple[Callable[[], Made], int, float]] = [
        (maker.same, DUPLICATE, 1.0),
        (maker.abridged, DUPLICATE, 1.0),
        (maker.updated, UPDATE, 1.0),
        (maker.grown, UPDATE, 0.5),
        (maker.digest, OTHER, 0.5),
        (maker.related, OTHER, 1.4),
        (maker.quoted, OTHER, 0.5),
        (maker.scrap, OTHER, 0.4),
        (maker.template, OTHER, 0.3),
    ]
    made = []
    for make, kind, share in plan:
        for _ in range(int(count * share)):
            first, second = make()
            made.append(("\n".join(first), "\n".join(second), kind))
    return made


class _Maker:
    def __init__(self, articles: list[Paragraphs], seed: int) -> None:
        self._articles = articles
        self._random = Random(seed)  # noqa: S311 - made texts, not secrets
        self._words = [w for a in articles for p in a for w in p.split() if len(w) > 3]  # noqa: PLR2004

    def same(self) -> Made:
        """The same article on two sites, lightly edited."""
        base = self._base()
        rate = self._random.choice([0, 0, 0.002, 0.005, 0.01])
        return self._on_site(self._edited(base, rate)), self._on_site(base)

    def abridged(self) -> Made:
        """The article, or a longer page that has it whole, and later a part of it."""
        base = self._base()
        short = self._part(base)
        if self._random.random() < 0.2:  # noqa: PLR2004
            short = list(base)
            base = [*self._paragraphs(1, 4), *base, *self._paragraphs(1, 6)]
        short = self._edited(short, self._random.choice([0, 0, 0.003]))
        return self._on_site(base), self._on_site(short)

    def grown(self) -> Made:
        """A part of the article, and later the whole with another half."""
        base = self._base()
        return self._on_site(self._part(base)), self._on_site(base + self._base())

    def digest(self) -> Made:
        """An article, and later a page of many items that has a part of it."""
        base = self._base()
        items = [self._head(self._base()) for _ in range(self._random.randint(1, 4))]
        items.insert(self._random.randrange(len(items) + 1), self._part(base))
        return self._on_site(base), self._on_site([p for item in items for p in item])

    def updated(self) -> Made:
        """The article and a later version: new lead, new and changed paragraphs, old tail."""
        base = self._base()
        later = list(base)
        for _ in range(self._random.randint(1, 3)):
            later = self._rewritten(later)
        if self._random.random() < 0.4:  # noqa: PLR2004
            later += self._paragraphs(1, 4)
        return self._on_site(base), self._on_site(later)

    def related(self) -> Made:
        """Two articles with a few sentences in common, some of them cut."""
        first, second = self._base(), self._base()
        shared = [s for p in self._paragraphs(3, 3) for s in _SENTENCE.split(p)]
        for sentence in shared[: self._random.randint(1, 6)]:
            self._put(first, sentence)
            words = sentence.split()[: self._random.choice([8, 15, 25, 100])]
            self._put(second, " ".join(words))
        return first, second

    def quoted(self) -> Made:
        """Two short reports with one or two sentences in common."""
        first, second = self._report(), self._report()
        [shared] = self._paragraphs(1, 1)
        for sentence in _SENTENCE.split(shared)[: self._random.randint(1, 2)]:
            self._put(first, sentence)
            self._put(second, sentence)
        return first, second

    def scrap(self) -> Made:
        """A few dozen words, and a long page that has them among other things."""
        words = " ".join(self._paragraphs(2, 2)).split()
        scrap = " ".join(words[: self._random.randint(25, 75)])
        page = self._base() + self._base()
        self._put(page, scrap)
        return [scrap], page

    def template(self) -> Made:
        """Two reports from one template: fixed stretches with other words and numbers between."""
        fixed = []
        for paragraph in self._base():
            words = paragraph.split()
            while words:
                cut = self._random.randint(5, 14)
                fixed.append(words[:cut])
                words = words[cut + 1 :]
        return self._filled(fixed), self._filled(fixed)

    def _filled(self, fixed: list[list[str]]) -> Paragraphs:
        words = []
        for stretch in fixed:
            number = self._random.random() < 0.6  # noqa: PLR2004
            filling = [str(self._random.randint(1, 400))] if number else self._some_words(2)
            words += stretch + filling
        return [" ".join(words)]

    def _base(self) -> Paragraphs:
        paragraphs = list(self._random.choice(self._articles))
        while sum(len(p.split()) for p in paragraphs) < self._random.choice([120, 200, 300, 500]):
            paragraphs += self._random.choice(self._articles)
        return paragraphs

    def _report(self) -> Paragraphs:
        """The first sentences of an article, of `_LEAST_REPORT` words or more."""
        report: Paragraphs = []
        for sentence in (s for p in self._base() for s in _SENTENCE.split(p)):
            if sum(len(s.split()) for s in report) >= _LEAST_REPORT:
                break
            report.append(sentence)
        return report

    def _paragraphs(self, least: int, most: int) -> Paragraphs:
        count = self._random.randint(least, most)
        return [self._random.choice(self._random.choice(self._articles)) for _ in range(count)]

    def _some_words(self, most: int) -> list[str]:
        return self._random.choices(self._words, k=self._random.randint(1, most))

    def _put(self, paragraphs: Paragraphs, new: str) -> None:
        paragraphs.insert(self._random.randrange(len(paragraphs) + 1), new)

    def _part(self, base: Paragraphs) -> Paragraphs:
        """A cut of the article of `_LEAST_ABRIDGED` words or more."""
        short: Paragraphs = []
        while sum(len(p.split()) for p in short) < _LEAST_ABRIDGED:
            short = self._random.choice([self._head, self._stretch, self._thinned])(base)
        return short

    def _head(self, base: Paragraphs) -> Paragraphs:
        return base[: max(2, int(len(base) * self._random.uniform(0.3, 0.8)))]

    def _stretch(self, base: Paragraphs) -> Paragraphs:
        length = max(2, int(len(base) * self._random.uniform(0.4, 0.8)))
        start = self._random.randint(0, max(0, len(base) - length))
        return base[start : start + length]

    def _thinned(self, base: Paragraphs) -> Paragraphs:
        kept = self._random.uniform(0.5, 0.9)
        return [p for p in base if self._random.random() < kept] or base[:2]

    def _rewritten(self, paragraphs: Paragraphs) -> Paragraphs:
        later = [*self._paragraphs(1, 2), *paragraphs[self._random.randint(0, 2) :]]
        for _ in range(self._random.randint(1, 4)):
            at = self._random.randrange(len(later))
            replaced = self._random.randint(0, 1)
            later[at : at + replaced] = self._paragraphs(1, 1)
        return self._edited(later, self._random.choice([0.003, 0.01, 0.02, 0.03]))

    def _edited(self, paragraphs: Paragraphs, rate: float) -> Paragraphs:
        return [self._edited_words(p.split(), rate) for p in paragraphs]

    def _edited_words(self, words: list[str], rate: float) -> str:
        edited: list[str] = []
        while words:
            if self._random.random() < rate:
                kind = self._random.choice("rrrdi")
                edited += self._some_words(3) if kind in "ri" else []
                words = words[self._random.randint(1, 3) if kind in "rd" else 0 :]
            edited += words[:1]
            words = words[1:]
        return " ".join(edited)

    def _on_site(self, paragraphs: Paragraphs) -> Paragraphs:
        page = list(paragraphs)
        for _ in range(self._random.choice([0, 0, 1, 2, 4])):
            self._put(page, self._random.choice(_FURNITURE))
        if self._random.random() < 0.3:  # noqa: PLR2004
            caption = self._teaser(12, 35)
            for _ in range(self._random.randint(1, 3)):
                page.insert(self._random.randrange(min(3, len(page) + 1)), caption)
        if self._random.random() < 0.25:  # noqa: PLR2004
            page += [self._teaser(10, 40) for _ in range(self._random.randint(1, 3))]
        return page

    def _teaser(self, least: int, most: int) -> str:
        [paragraph] = self._paragraphs(1, 1)
        return " ".join(paragraph.split()[: self._random.randint(least, most)]) + "."


def _wikinews(data: Path) -> list[Paragraphs]:
    articles = [_long_paragraphs(row["text"]) for year in YEARS for row in rows(data, year)]
    return [a for a in articles if sum(len(p.split()) for p in a) >= _LEAST_ARTICLE]


def _long_paragraphs(text: str) -> Paragraphs:
    return [p.strip() for p in text.split("\n") if len(p.split()) >= _LEAST_PARAGRAPH]
