"""A user's entries on top of kept ones, whose forms are not made again for that."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities.entries import Entry
from streams.stages.entities.forms import Entries, Forms, numbered


class Joined(Entries):
    """The entries of two sequences, the second's after the first's, without a copy."""

    __slots__ = ("_first", "_second")

    def __init__(self, first: Sequence[Entry], second: Sequence[Entry]) -> None:
        self._first, self._second = first, second

    @property
    def boundary(self) -> int:
        """The number of the second's first entry."""
        return len(self._first)

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def one(self, number: int) -> Entry:
        """Of the first, or beyond them of the second."""
        beyond = number - self.boundary
        return self._second[beyond] if beyond >= 0 else self._first[number]


def joined(kept: Forms, own: Forms, entries: Joined) -> Forms:
    """The forms `kept` and after them `own`; trie and hashes are those of `kept`.

    `entries` are those of both. A form in both has the owners of both, likeliest first, the user's
    before others of the same weight.
    """
    rows = list(_rows(kept, own, entries))
    owners = [some for some, _, _ in rows]
    top = [entries[some[0]] for some in owners]
    types, kind = numbered([entry.type for entry in top], kept.types)
    codes, code = numbered([code for _, code, _ in rows], kept.codes)
    ends = kept.bounds[-1] + np.cumsum([len(some) for some in owners], dtype=np.int32)
    flat = np.array([owner for some in owners for owner in some], np.int32)
    return Forms(
        trie=kept.trie,
        hashes=kept.hashes,
        numbers=kept.numbers,
        owners=np.concatenate((kept.owners, flat)),
        bounds=np.concatenate((kept.bounds, ends)),
        weight=np.append(kept.weight, np.array([entry.weight for entry in top], np.float32)),
        style=np.append(kept.style, np.array([style for _, _, style in rows], np.int8)),
        several=np.append(kept.several, own.several),
        kind=np.append(kept.kind, kind),
        types=types,
        code=np.append(kept.code, code),
        codes=codes,
    )


def _rows(kept: Forms, own: Forms, entries: Joined) -> Iterator[tuple[list[int], str, int]]:
    """Owners, code and style of each of the user's forms."""
    for form, old in enumerate(_same(kept, own).tolist()):
        owners = [entries.boundary + owner for owner in _owners(own, form)]
        codes, style = {own.codes[own.code[form]]}, int(own.style[form])
        if old >= 0:
            owners = sorted(owners + _owners(kept, old), key=lambda o: -entries[o].weight)
            codes.add(kept.codes[kept.code[old]])
            style = min(style, int(kept.style[old]))
        parts = {part for code in codes for part in code.split("+")}
        yield owners, "+".join(sorted(parts)), style


def _owners(forms: Forms, form: int) -> list[int]:
    found: list[int] = forms.owners[forms.bounds[form] : forms.bounds[form + 1]].tolist()
    return found


def _same(kept: Forms, own: Forms) -> NDArray[np.int64]:
    """For each of the user's forms the kept one with the same key, or -1."""
    _, mine, its = np.intersect1d(own.hashes, kept.hashes, assume_unique=True, return_indices=True)
    found = np.full(len(own), -1)
    found[own.numbers[mine]] = kept.numbers[its]
    return found
