"""What the stage needs to know of a word by itself, worked out once per word form, bounded."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.zones import kind_of

Ints = NDArray[np.int64]
REMEMBERED = 100_000
SMALL, TITLE, CAPITALS, MIXED = 0, 1, 2, 3


def style_of(word: str) -> int:
    """How a word is written: small letters or none, Title, CAPITALS, mIXed."""
    if word == word.lower():
        return SMALL
    if len(word) > 1 and word == word.upper():
        return CAPITALS
    return TITLE if word[1:] == word[1:].lower() else MIXED


class Facts:
    """Facts of word forms by number; forgets everything when it knows `remembered` words.

    `kind` (see `zones`), `style`, `sign` (starts with neither letter nor digit), `capital` (starts
    with a capital and is no single letter), `fold` (equal for forms that differ in capitals only),
    and `lower`, the form in small letters between blanks.
    """

    def __init__(
        self, links: Collection[str], cores: Collection[str], remembered: int = REMEMBERED
    ) -> None:
        self._links, self._cores = links, cores
        self._remembered = remembered
        self._forget()

    def _forget(self) -> None:
        self._number: dict[str, int] = {}
        self._folded: dict[str, int] = {}
        self._rows: list[tuple[int, int, bool, bool, int]] = []
        self.lower: list[str] = []
        self._table = np.zeros((0, 5), np.int64)

    def numbers(self, vocabulary: Sequence[str]) -> Ints:
        """The number of each distinct word, good until the next call."""
        if len(self._number) + len(vocabulary) > self._remembered:
            self._forget()
        number = self._number
        known = list(map(number.get, vocabulary))
        if None not in known:
            return np.array(known, np.int64)
        new = [word for word, known_as in zip(vocabulary, known, strict=True) if known_as is None]
        for word in new:
            number[word] = len(number)
            lower = word.lower()
            fold = self._folded.setdefault(lower, len(self._folded))
            capital = word[:1].isupper() and len(word) > 1
            kind = kind_of(word, self._links, self._cores)
            self._rows.append((kind, style_of(word), not word[:1].isalnum(), capital, fold))
            self.lower.append(f" {lower} ")
        fresh = np.array(self._rows, np.int64).reshape(-1, 5)
        self._table = np.concatenate((self._table, fresh))
        self._rows.clear()
        return np.fromiter(map(number.__getitem__, vocabulary), np.int64, len(vocabulary))

    def of(self, numbers: Ints) -> "WordFacts":
        """The facts of some words, in order."""
        return WordFacts(self._table[numbers], [self.lower[i] for i in numbers.tolist()])


class WordFacts:
    """Facts of the words of one vocabulary."""

    __slots__ = ("capital", "fold", "kind", "lower", "sign", "style")

    def __init__(self, table: Ints, lower: list[str]) -> None:
        self.kind = table[:, 0].astype(np.int8)
        self.style = table[:, 1].astype(np.int8)
        self.sign = table[:, 2].astype(np.bool_)
        self.capital = table[:, 3].astype(np.bool_)
        self.fold = np.ascontiguousarray(table[:, 4])
        self.lower = lower

    def blank(self, each: int) -> NDArray[np.int32]:
        """`each` zeros for every fold."""
        return np.zeros(each * (int(self.fold.max(initial=0)) + 1), np.int32)


def facts_of(
    vocabulary: Sequence[str], links: Collection[str] = (), cores: Collection[str] = ()
) -> WordFacts:
    """The facts of a vocabulary, without remembering."""
    facts = Facts(links, cores, len(vocabulary) + 1)
    return facts.of(facts.numbers(vocabulary))
