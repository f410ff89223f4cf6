"""Names found in a batch of texts, and how their words are spelled."""

from dataclasses import dataclass


@dataclass(slots=True)
class Name:
    """A name at tokens first..last (inclusive), code points start..end (exclusive) of its text.

    `key` are its words in small letters, each between blanks; `form` is the gazetteer's form or -1.
    """

    first: int
    last: int
    type: str
    confidence: float
    start: int
    end: int
    key: str
    form: int = -1


@dataclass(slots=True, frozen=True)
class Spelling:
    """The words of a batch: `ids` per token, and each word as it is and in small letters."""

    ids: list[int]
    words: list[str]
    lower: list[str]

    def key(self, first: int, last: int) -> str:
        """The key of the tokens first..last."""
        if first == last:
            return self.lower[self.ids[first]]
        return "".join([self.lower[i] for i in self.ids[first : last + 1]])

    def word(self, token: int) -> str:
        """A token as it is written."""
        return self.words[self.ids[token]]
