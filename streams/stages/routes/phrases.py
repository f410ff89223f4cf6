"""All phrases of all routes, found in one pass over an article's words.

A filter of hashes and a dictionary instead of an Aho-Corasick automaton: adding or removing a
phrase costs its own hashes, while an automaton must be built anew and holds the interpreter for
most of that time.
"""

import numpy as np

from streams.stages.routes.scan import ENDS_BEGINNING, ENDS_WHOLE, mark, scanned
from streams.stages.routes.words import Phrase, Words

Places = dict[str, list[list[int]]]
"""By a phrase's key: first word, last word, and the code points from and to (exclusive)."""
_FEWEST_CELLS = 2**14
_CELLS_A_KEY = 8
_MORE = 4


class Phrases:
    """The phrases to look for, by key, each counted as often as it was added.

    One thread may change it while others search: a search sees a phrase wholly or not at all.
    """

    def __init__(self) -> None:
        self._whole: dict[str, int] = {}
        self._beginnings: dict[str, int] = {}
        self._cells = np.zeros(_FEWEST_CELLS, np.uint8)
        self._marked = 0

    def __len__(self) -> int:
        return len(self._whole)

    def add(self, phrase: Phrase) -> None:
        """Look for `phrase` too."""
        fresh = [step + ENDS_BEGINNING for step in phrase.steps[:-1] if _up(self._beginnings, step)]
        if _up(self._whole, phrase.key):
            fresh.append(phrase.key + ENDS_WHOLE)
        if fresh:
            self._marked += len(fresh)
            if self._marked * _CELLS_A_KEY > len(self._cells):
                self._mark_anew()
            else:
                mark("".join(fresh), self._cells)

    def remove(self, phrase: Phrase) -> None:
        """Undo one `add`."""
        _down(self._whole, phrase.key)
        for step in phrase.steps[:-1]:
            _down(self._beginnings, step)

    def _mark_anew(self) -> None:
        """Mark what is there in fresh cells: removed keys stay marked until then."""
        self._marked = len(self._whole) + len(self._beginnings)
        size = _FEWEST_CELLS
        while size < self._marked * _CELLS_A_KEY * 2:
            size *= _MORE
        cells = np.zeros(size, np.uint8)
        for keys, end in ((self._whole, ENDS_WHOLE), (self._beginnings, ENDS_BEGINNING)):
            mark("".join([end.join(keys), end]) if keys else "", cells)
        self._cells = cells

    def find(self, text: str) -> tuple[Words, Places]:
        """The words of the text, and where each phrase stands, in order."""
        words, places = scanned(text, self._cells)
        found: Places = {}
        whole, folded = self._whole, words.folded
        for place in places:
            first, last, start, end = place
            key = folded[start:end]
            if key not in whole:
                key = words.key(first, last)
                if key not in whole:
                    continue
            if key in found:
                found[key].append(place)
            else:
                found[key] = [place]
        return words, found


def _up(counts: dict[str, int], key: str) -> bool:
    """Count one more; whether it is the first."""
    count = counts[key] = counts.get(key, 0) + 1
    return count == 1


def _down(counts: dict[str, int], key: str) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
