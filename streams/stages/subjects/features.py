"""Features of a text: its content words and pairs of neighbouring content words.

A word is folded (case, possessive, plural) once per distinct surface form; everything after
that works on arrays over the tokens of a whole batch.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.subjects.stopwords import STOPWORDS
from streams.text.tokens import TokenBatch

Ints = NDArray[np.int64]
_POSSESSIVE = re.compile(r"['’](s|S)$|['’]$")  # noqa: RUF001
_KEEP_S = ("ss", "us", "is", "os", "as", "news")
_CACHE_WORDS = 300_000
STOP, UNKNOWN = -2, -1


def fold(word: str) -> str:
    """The form under which a word is looked up; empty for stop words and non-words."""
    folded = _POSSESSIVE.sub("", word.lower().replace(".", ""))
    if not folded or not folded[0].isalnum() or folded.isdigit() or folded in STOPWORDS:
        return ""
    if len(folded) > 3 and folded.endswith("s") and not folded.endswith(_KEEP_S):  # noqa: PLR2004
        folded = folded[:-3] + "y" if folded.endswith("ies") else folded[:-1]
    return folded


class WordIds(dict[str, int]):
    """Surface form to word id, filled as words are met; `STOP` and `UNKNOWN` are negative."""

    def __init__(self, vocabulary: dict[str, int]) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def __missing__(self, word: str) -> int:
        """The id of a form that was not met before."""
        if len(self) >= _CACHE_WORDS:
            self.clear()
        folded = fold(word)
        found = self._vocabulary.get(folded, UNKNOWN) if folded else STOP
        self[word] = found
        return found


@dataclass(slots=True, frozen=True)
class Content:
    """The content words of a batch: word id and token index of each, stop words left out."""

    ids: Ints
    token: Ints


def content(tokens: TokenBatch, ids: WordIds) -> Content:
    """The content words of a batch; unknown words stay as gaps that no pair crosses."""
    distinct = np.fromiter(map(ids.__getitem__, tokens.vocabulary), np.int64)
    every = distinct[tokens.ids]
    kept = np.flatnonzero(every != STOP)
    return Content(every[kept], kept)
