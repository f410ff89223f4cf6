"""Names known beforehand: tens of thousands matched in one pass on token bounds, longest first."""

from collections.abc import Sequence
from dataclasses import dataclass

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.entries import Entry
from streams.stages.entities.forms import ANY_CAPITALS, TITLE, Forms, forms_of
from streams.text.tokens import TokenBatch

Ints = NDArray[np.int64]
BREAK = "\n"
"""Stands between sentences in the text that is searched; no token has it."""


@dataclass(slots=True, frozen=True)
class Hits:
    """Matches in text order: tokens `first[i]..last[i]` (inclusive) are form `form[i]`."""

    first: Ints
    last: Ints
    form: Ints


class Gazetteer:
    """Entries ready to be matched; `forms` may give what `forms_of` makes of them."""

    def __init__(self, entries: Sequence[Entry], forms: Forms | None = None) -> None:
        self.entries = entries
        self.forms = forms or forms_of(entries)
        self._number = {key: number for number, key in enumerate(self.forms.keys)}
        self._automaton = ahocorasick_rs.AhoCorasick(
            self.forms.keys,
            matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
            store_patterns=False,
        )

    def find(self, key: str) -> int:
        """The form of some tokens, in small letters and each between blanks; or -1."""
        return self._number.get(key, -1)

    def likeliest(self, form: int) -> Entry:
        """The form's entry with most weight."""
        return self.entries[int(self.forms.owners[self.forms.bounds[form]])]

    def of_type(self, form: int, kind: str) -> list[Entry]:
        """The form's entries of one type, likeliest first."""
        low, high = self.forms.bounds[form], self.forms.bounds[form + 1]
        owners = map(self.entries.__getitem__, self.forms.owners[low:high].tolist())
        return [entry for entry in owners if entry.type == kind]

    def match(self, tokens: TokenBatch, lower: list[str] | None = None) -> Hits:
        """All matches, none overlapping, none across sentences, capitals as the form asks.

        `lower` may give the vocabulary in small letters between blanks.
        """
        if lower is None:
            lower = [f" {word.lower()} " for word in tokens.vocabulary]
        size = np.fromiter(map(len, lower), np.int64, len(lower))[tokens.ids]
        pieces = list(map(lower.__getitem__, tokens.ids.tolist()))
        opening = tokens.sentence[:-1]
        size[opening] += len(BREAK)
        for at in opening.tolist():
            pieces[at] = BREAK + pieces[at]
        end = np.cumsum(size)
        text = "".join(pieces)
        found = np.array(self._automaton.find_matches_as_indexes(text), np.int64).reshape(-1, 3)
        first = np.searchsorted(end, found[:, 1], "right")
        last = np.searchsorted(end, found[:, 2], "left")
        keep = self._capitals(tokens, first, found[:, 0])
        return Hits(first[keep], last[keep], found[keep, 0])

    def _capitals(self, tokens: TokenBatch, first: Ints, form: Ints) -> NDArray[np.bool_]:
        words = [tokens.words[i] for i in first.tolist()]
        upper = np.fromiter((word.isupper() for word in words), np.bool_, len(words))
        title = np.fromiter((word[:1].isupper() for word in words), np.bool_, len(words))
        style = self.forms.style[form]
        result: NDArray[np.bool_] = (style == ANY_CAPITALS) | ((style == TITLE) & title) | upper
        return result
