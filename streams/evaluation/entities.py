"""Figures of the entity tagger: exact-span F1 by type and set, calibration, linking."""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from streams.evaluation import entity_corpora as corpora
from streams.evaluation.entity_corpora import Document
from streams.evaluation.split import is_check, shared_data
from streams.records import Article, Entity
from streams.stages.entities import Tagger
from streams.text.tokens import tokenise

BATCH = 64
SETS: dict[str, tuple[Callable[[], list[Document]], tuple[str, ...]]] = {
    "worldwide-dev": (lambda: corpora.worldwide("dev"), ("PER", "ORG", "LOC", "NORP")),
    "wikigold": (corpora.wikigold, ("PER", "ORG", "LOC")),
    "re3d": (corpora.re3d, ("WEAPON", "PLATFORM")),
}
"""Sets and the types that count; none of them trained the part that is scored."""
LINKED = ("kore50", "rss-500", "aida-conll-dev")
BINS = 10


@dataclass(slots=True)
class Counts:
    """True positives, false positives, false negatives."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 0 if there is nothing."""
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)

    @property
    def precision(self) -> float:
        """Share of the found that is right."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of the gold that was found."""
        return self.right / max(1, self.right + self.missed)


@dataclass(slots=True)
class Result:
    """Counts by type, the error texts, and each found name's confidence and whether right."""

    types: dict[str, Counts]
    errors: list[tuple[str, str, str]] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    @property
    def total(self) -> Counts:
        """All types together (micro)."""
        parts = self.types.values()
        return Counts(
            sum(c.right for c in parts), sum(c.wrong for c in parts), sum(c.missed for c in parts)
        )

    @property
    def calibration_error(self) -> float:
        """Expected calibration error over ten bins, 0..1."""
        return sum(share * abs(said - was) for share, said, was in self.reliability)

    @property
    def reliability(self) -> list[tuple[float, float, float]]:
        """For each bin that has names: its share, mean confidence, and share right."""
        said, was = np.array(self.confidence), np.array(self.right, np.float64)
        place = np.minimum((said * BINS).astype(int), BINS - 1)
        bins = [place == b for b in range(BINS)]
        return [
            (float(b.mean()), float(said[b].mean()), float(was[b].mean())) for b in bins if b.any()
        ]


def tag(tagger: Tagger, texts: Sequence[str]) -> list[list[Entity]]:
    """The entities of each text, tagged in batches."""
    found: list[list[Entity]] = []
    for low in range(0, len(texts), BATCH):
        some = texts[low : low + BATCH]
        articles = [Article(article_id=str(low + n), text=t) for n, t in enumerate(some)]
        found += tagger.tag(articles, tokenise(some))
    return found


def score(tagger: Tagger, documents: Sequence[Document], types: Sequence[str]) -> Result:
    """Exact-span scores over the types; a gold span of several types is in none of them."""
    result = Result({kind: Counts() for kind in types})
    for document, entities in zip(documents, tag(tagger, [d.text for d in documents]), strict=True):
        gold = {(s.start, s.end, s.types[0]) for s in document.spans if len(s.types) == 1}
        gold = {g for g in gold if g[2] in types}
        found = {
            (m.start, m.end, e.type): m.confidence
            for e in entities
            for m in e.mentions
            if e.type in types
        }
        _count(result, document.text, gold, found)
    return result


def _count(
    result: Result,
    text: str,
    gold: set[tuple[int, int, str]],
    found: dict[tuple[int, int, str], float],
) -> None:
    for span, confidence in found.items():
        right = span in gold
        counts = result.types[span[2]]
        counts.right += right
        counts.wrong += not right
        result.confidence.append(confidence)
        result.right.append(right)
        if not right:
            result.errors.append(("wrong", span[2], _context(text, span)))
    for span in sorted(gold - found.keys()):
        result.types[span[2]].missed += 1
        result.errors.append(("missed", span[2], _context(text, span)))


def _context(text: str, span: tuple[int, int, str]) -> str:
    start, end, _ = span
    around = text[max(0, start - 40) : start] + "[" + text[start:end] + "]" + text[end : end + 30]
    return " ".join(around.split())


def check_documents(name: str) -> tuple[list[Document], tuple[str, ...]]:
    """The check half of a set, and the types that count there."""
    load, types = SETS[name]
    return [d for d in load() if is_check(d.document_id)], types


SAME_AS = dict(
    pair.split("=")
    for pair in (
        "US=Q30 CN=Q148 GB=Q145 DE=Q183 FR=Q142 RU=Q159 JP=Q17 IN=Q668 IT=Q38 ES=Q29 CA=Q16 "
        "AU=Q408 BR=Q155 MX=Q96 IL=Q801 IR=Q794 IQ=Q796 AF=Q889 UA=Q212 PL=Q36 TR=Q43 EG=Q79 "
        "ZA=Q258 NG=Q1033 KR=Q884 KP=Q423 PK=Q843 SA=Q851 SY=Q858 TW=Q865 SE=Q34 NO=Q20 FI=Q33 "
        "DK=Q35 NL=Q55 BE=Q31 CH=Q39 AT=Q40 GR=Q41 PT=Q45 IE=Q27 CZ=Q213 HU=Q28 RO=Q218 BG=Q219 "
        "AR=Q414 CL=Q298 CO=Q739 PE=Q419 VE=Q717 CU=Q241 VN=Q881 TH=Q869 ID=Q252 MY=Q833 SG=Q334 "
        "PH=Q928 NZ=Q664 KE=Q114 ET=Q115 SD=Q1049 LY=Q1016 DZ=Q262 MA=Q1028 TN=Q948 LB=Q822 "
        "JO=Q810 QA=Q846 KW=Q817 AE=Q878 YE=Q805"
    ).split()
)
"""Wikidata items of countries, to read a benchmark's ids; the gazetteer's own are ISO 3166."""


@dataclass(slots=True)
class Linking:
    """Of the gold mentions with an item: how many were found, got any outside id, the right id.

    `comparable` counts those whose id can be compared: a Wikidata item or a country.
    """

    gold: int = 0
    found: int = 0
    linked: int = 0
    comparable: int = 0
    right: int = 0


def link(tagger: Tagger, name: str) -> Linking:
    """Linking figures on a benchmark with Wikidata items."""
    with gzip.open(shared_data() / "linking" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    figures = Linking()
    for document, entities in zip(
        documents, tag(tagger, [d["text"] for d in documents]), strict=True
    ):
        spans = {(m.start, m.end): e.entity_id for e in entities for m in e.mentions}
        for label in document["labels"]:
            if label["entity_id"].startswith("Q"):
                _link_one(figures, spans.get(tuple(label["span"])), label["entity_id"])
    return figures


def _link_one(figures: Linking, found: str | None, gold: str) -> None:
    figures.gold += 1
    if found is None:
        return
    figures.found += 1
    scheme, _, rest = found.partition(":")
    figures.linked += scheme != "local"
    item = rest if scheme == "wikidata" else SAME_AS.get(rest) if scheme == "iso3166" else None
    figures.comparable += item is not None
    figures.right += item == gold


def histogram(result: Result) -> Counter[tuple[str, str]]:
    """Errors by kind and type."""
    return Counter((kind, name) for kind, name, _ in result.errors)
