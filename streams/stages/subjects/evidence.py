"""The phrases of one document that decided about a topic."""

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

    def evidence(self, model: Model, column: int) -> list[Evidence]:
        """The features that spoke most for a topic, each at its first place; at most `MOST`.

        A phrase inside the mention of an entity stands for the whole mention.
        """
        weight = self.value * model.weights[self.row, column] * model.scale[column]
        order = np.argsort(-weight, kind="stable")[:MOST].tolist()
        found = [self._at(int(self.row[i]), float(weight[i])) for i in order if weight[i] > 0]
        unique = {(e.start, e.end, e.text): e for e in reversed(found)}
        return list(reversed(unique.values()))

    def _at(self, row: int, weight: float) -> Evidence:
        place = int(np.argmax(self.place_row == row))
        start, end = int(self.start[place]), int(self.end[place])
        if start < 0:
            title = self.article.title or ""
            return Evidence(text=title[-1 - start : -1 - end], weight=round(weight, 4))
        start, end = self._whole_mention(start, end)
        text = self.article.text[start:end]
        return Evidence(text=text, start=start, end=end, weight=round(weight, 4))

    def _whole_mention(self, start: int, end: int) -> tuple[int, int]:
        for entity in self.article.entities:
            for mention in entity.mentions:
                if mention.start <= start and end <= mention.end:
                    return mention.start, mention.end
        return start, end


def readings(articles: list[Article], found: Occurrences, features: Bag) -> list[Reading]:
    """The view on each document of a batch."""
    order = np.argsort(found.document, kind="stable")
    bounds = np.searchsorted(found.document[order], np.arange(len(articles) + 1))
    row, start, end = found.row[order], found.start[order], found.end[order]
    return [
        Reading(article, features.row[f], features.value[f], row[p], start[p], end[p])
        for article, f, p in zip(articles, spans(features.start), spans(bounds), strict=True)
    ]
