"""The phrases of one document that decided about a topic."""

import sys
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from streams.records import Article, Evidence
from streams.stages.subjects.features import Ints
from streams.stages.subjects.model import Floats, Model
from streams.stages.subjects.scoring import Bag, Occurrences, spans

MOST = 3


@dataclass(slots=True, frozen=True)
class Reading:
    """One document: its distinct features with values, and where each feature stands."""

    article: Article
    row: Ints
    value: Floats
    place_row: Ints
    start: Ints
    end: Ints
    mentions: list[tuple[int, int]]

    def evidence(self, model: Model, columns: Ints) -> list[list[Evidence]]:
        """For each topic the features that spoke most for it, each at its first place.

        At most `MOST` a topic. A phrase inside the mention of an entity stands for the whole
        mention.
        """
        weight = model.weights[self.row[:, None], columns].T * self.value
        best = _largest(weight)
        place = np.argmax(self.place_row == self.row[best.ravel()][:, None], axis=1)
        starts, ends = self.start[place].tolist(), self.end[place].tolist()
        decided = weight[np.arange(len(best))[:, None], best] * model.scale[columns][:, None]
        weights = [round(w, 4) for w in decided.ravel().tolist()]
        each = list(map(self._at, starts, ends, weights))
        step = best.shape[1]
        return [_distinct(each[i : i + step]) for i in range(0, len(each), step)]

    def _at(self, start: int, end: int, weight: float) -> Evidence:
        if start < 0:
            title = self.article.title or ""
            return Evidence(text=title[-1 - start : -1 - end], weight=weight)
        start, end = self._whole_mention(start, end)
        text = self.article.text[start:end]
        return Evidence(text=text, start=start, end=end, weight=weight)

    def _whole_mention(self, start: int, end: int) -> tuple[int, int]:
        before = bisect_right(self.mentions, (start, sys.maxsize)) - 1
        if before >= 0 and end <= self.mentions[before][1]:
            return self.mentions[before]
        return start, end


def _largest(weight: Floats) -> Ints:
    """The `MOST` largest of each row, largest first; ties in the order of the features."""
    left, every = weight.copy(), np.arange(len(weight))
    best = np.empty((len(weight), min(MOST, weight.shape[1])), np.int64)
    for rank in range(best.shape[1]):
        best[:, rank] = np.argmax(left, axis=1)
        left[every, best[:, rank]] = -np.inf
    return best


def _distinct(found: list[Evidence]) -> list[Evidence]:
    unique: dict[tuple[int, str], Evidence] = {}
    for evidence in found:
        if evidence.weight > 0:
            unique.setdefault((evidence.start, evidence.text), evidence)
    return list(unique.values())


def readings(articles: list[Article], found: Occurrences, features: Bag) -> list[Reading]:
    """The view on each document of a batch."""
    order = np.argsort(found.document, kind="stable")
    bounds = np.searchsorted(found.document[order], np.arange(len(articles) + 1))
    row, start, end = found.row[order], found.start[order], found.end[order]
    return [
        Reading(
            article,
            features.row[f],
            features.value[f],
            row[p],
            start[p],
            end[p],
            sorted((m.start, m.end) for e in article.entities for m in e.mentions),
        )
        for article, f, p in zip(articles, spans(features.start), spans(bounds), strict=True)
    ]
