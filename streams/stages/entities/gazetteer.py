"""Names known beforehand: tens of thousands matched in one pass on token bounds, longest first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities import stored
from streams.stages.entities.entries import Entry
from streams.stages.entities.forms import ANY_CAPITALS, TITLE, Forms, forms_of
from streams.stages.entities.own_forms import Joined, joined
from streams.stages.entities.trie import matches
from streams.text.tokens import TokenBatch

Ints = NDArray[np.int64]


@dataclass(slots=True, frozen=True)
class Hits:
    """Matches in text order: tokens `first[i]..last[i]` (inclusive) are form `form[i]`."""

    first: Ints
    last: Ints
    form: Ints


class Gazetteer:
    """Entries ready to be matched; `forms` may give what `forms_of` makes of them.

    The entries `own`, a user's, come to them without their forms being made again.
    """

    def __init__(
        self, entries: Sequence[Entry], forms: Forms | None = None, own: Sequence[Entry] = ()
    ) -> None:
        kept, mine = forms or forms_of(entries), forms_of(own)
        both = Joined(entries, own)
        self.entries: Sequence[Entry] = both if own else entries
        self.forms = joined(kept, mine, both) if own else kept
        self._tries, self._base = (mine.trie, kept.trie), len(kept)
        self._index = stored.Index(kept.hashes), kept.numbers
        self._own_index = stored.Index(mine.hashes), mine.numbers

    def find(self, key: str) -> int:
        """The form of some tokens, in small letters and each between blanks; or -1."""
        for (index, numbers), base in ((self._own_index, self._base), (self._index, 0)):
            at = index.number(key)
            if at >= 0:
                return base + int(numbers[at])
        return -1

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
        first, last, form = matches(tokens, lower, self._tries, self._base)
        keep = self._capitals(tokens, first, form)
        return Hits(first[keep], last[keep], form[keep])

    def _capitals(self, tokens: TokenBatch, first: Ints, form: Ints) -> NDArray[np.bool_]:
        words = [tokens.words[i] for i in first.tolist()]
        upper = np.fromiter((word.isupper() for word in words), np.bool_, len(words))
        title = np.fromiter((word[:1].isupper() for word in words), np.bool_, len(words))
        style = self.forms.style[form]
        result: NDArray[np.bool_] = (style == ANY_CAPITALS) | ((style == TITLE) & title) | upper
        return result
