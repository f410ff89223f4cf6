"""The phrases of one document that decided about a topic."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.records import Evidence
from streams.stages.subjects.features import Ints
from streams.stages.subjects.model import Floats, Model
from streams.stages.subjects.scoring import Bag, Occurrences
from streams.text.tokens import TokenBatch

MOST = 3


@dataclass(slots=True, frozen=True)
class Reading:
    """One document: its distinct features with values, and where each feature stands."""

    text: str
    row: Ints
    value: Floats
    place_row: Ints
    start: NDArray[np.int32]
    end: NDArray[np.int32]

    def evidence(self, model: Model, column: int) -> list[Evidence]:
        """The features that spoke most for a topic, each at its first place; at most `MOST`."""
        weight = self.value * model.weights[self.row, column] * model.scale[column]
        order = np.lexsort((self.row, -weight))[:MOST]
        return [self._at(int(self.row[i]), float(weight[i])) for i in order if weight[i] > 0]

    def _at(self, row: int, weight: float) -> Evidence:
        place = int(np.argmax(self.place_row == row))
        start, end = int(self.start[place]), int(self.end[place])
        return Evidence(text=self.text[start:end], start=start, end=end, weight=round(weight, 4))


def readings(tokens: TokenBatch, found: Occurrences, features: Bag) -> list[Reading]:
    """The view on each document of a batch."""
    documents = len(features.start) - 1
    order = np.argsort(found.document, kind="stable")
    bounds = np.searchsorted(found.document[order], np.arange(documents + 1))
    row = found.row[order]
    start, end = tokens.start[found.first[order]], tokens.end[found.last[order]]
    views = []
    for d in range(documents):
        distinct = slice(features.start[d], features.start[d + 1])
        places = slice(bounds[d], bounds[d + 1])
        views.append(
            Reading(
                tokens.texts[d],
                features.row[distinct],
                features.value[distinct],
                row[places],
                start[places],
                end[places],
            )
        )
    return views
