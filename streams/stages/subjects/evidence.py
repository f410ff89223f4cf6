"""The phrases of the articles that decided about their topics."""

import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np

from streams.records import Article, Evidence
from streams.stages.subjects.features import Ints
from streams.stages.subjects.loops import choosing
from streams.stages.subjects.model import Model
from streams.stages.subjects.scoring import Bag, Occurrences

Found = tuple[int, int, float]


class Sources:
    """Turns places into evidence of one article."""

    def __init__(self, article: Article) -> None:
        self._text, self._title = article.text, article.title or ""
        self._mentions = sorted([(m.start, m.end) for e in article.entities for m in e.mentions])

    def evidence(self, found: Sequence[Found]) -> list[Evidence]:
        """The text at each place (start, end, weight); a place that comes again is left out."""
        given: dict[tuple[int, int], Evidence] = {}
        for start, end, weight in found:
            if start < 0:
                text = self._title[-1 - start : -1 - end]
                given.setdefault((start, end), Evidence(text=text, weight=weight))
                continue
            place = self._whole_mention(start, end) if self._mentions else (start, end)
            if place not in given:
                text = self._text[place[0] : place[1]]
                given[place] = Evidence(text=text, start=place[0], end=place[1], weight=weight)
        return list(given.values())

    def _whole_mention(self, start: int, end: int) -> tuple[int, int]:
        before = bisect_right(self._mentions, (start, sys.maxsize)) - 1
        if before >= 0 and end <= self._mentions[before][1]:
            return self._mentions[before]
        return start, end


def decisive(
    chosen: tuple[Ints, Ints], features: Bag, found: Occurrences, model: Model
) -> Iterator[list[Found]]:
    """For each chosen (document, topic) what spoke most for it: start, end, weight."""
    best, strength = choosing()(
        chosen, (features.start, features.row, features.value), model.weights
    )
    weight = np.round((strength * model.scale[chosen[1]][:, None]).astype(np.float64), 4)
    place = features.place[best]
    starts, ends = found.start[place].tolist(), found.end[place].tolist()
    for row in zip(starts, ends, weight.tolist(), strict=True):
        yield [(start, end, spoken) for start, end, spoken in zip(*row, strict=True) if spoken > 0]
