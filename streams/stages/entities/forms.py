"""The forms that a gazetteer's entries are known by, as arrays that are made once and kept."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities import stored
from streams.stages.entities.entries import COMMON, Entry, line_of, parsed
from streams.stages.entities.labels import TYPES
from streams.stages.entities.trie import Trie, trie_of
from streams.text.tokens import tokenise

Ints = NDArray[np.int64]
GAP = "  "
WIDE = ":wide"
"""Ends a code of a broad list."""
ANY_CAPITALS, TITLE, ALL_CAPITALS = range(3)


class Entries(Sequence[Entry]):
    """Entries by their numbers; a kind of them says what one is."""

    __slots__ = ()

    @abstractmethod
    def one(self, number: int) -> Entry:
        """The entry of a number from 0 on."""

    @overload
    def __getitem__(self, number: int) -> Entry: ...
    @overload
    def __getitem__(self, number: slice) -> list[Entry]: ...
    def __getitem__(self, number: int | slice) -> Entry | list[Entry]:
        if isinstance(number, slice):
            return [self.one(n) for n in range(*number.indices(len(self)))]
        return self.one(number)


class StoredEntries(Entries):
    """Entries made from their lines when they are asked for."""

    __slots__ = ("_bounds", "_made", "_text")

    def __init__(self, text: NDArray[np.uint8], bounds: NDArray[np.int32]) -> None:
        self._text, self._bounds = text, bounds
        self._made: dict[int, Entry] = {}

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def one(self, number: int) -> Entry:
        """Made at the first time, kept for the next."""
        entry = self._made.get(number)
        if entry is None:
            low, high = self._bounds[number], self._bounds[number + 1]
            entry = self._made[number] = parsed(self._text[low:high].tobytes().decode()[:-1])
        return entry


@dataclass(slots=True, frozen=True)
class Forms:
    """F forms of the entries.

    `trie` finds them in a text, `hashes` (F,) in order and their forms `numbers` by a whole key:
    words in small letters, each between blanks. Form f is that of the entries
    `owners[bounds[f]:bounds[f + 1]]`, likeliest first, whose weight and type `weight[f]` and
    `types[kind[f]]` are. `style[f]` says which capitals it needs, `several[f]` whether it is of
    more than one word, `codes[code[f]]` what the tagger's model is told of it.
    """

    trie: Trie
    hashes: stored.Hashes
    numbers: NDArray[np.int32]
    owners: NDArray[np.int32]
    bounds: NDArray[np.int32]
    weight: NDArray[np.float32]
    style: NDArray[np.int8]
    several: NDArray[np.bool_]
    kind: NDArray[np.int16]
    types: list[str]
    code: NDArray[np.int16]
    codes: list[str]

    def __len__(self) -> int:
        return len(self.style)


def forms_of(entries: Sequence[Entry]) -> Forms:
    """The forms of some entries, in order of appearance."""
    owners_of, styles = _grouped(entries)
    for owners in owners_of.values():
        owners.sort(key=lambda owner: -entries[owner].weight)
    top = [entries[owners[0]] for owners in owners_of.values()]
    codes = ["+".join(sorted({_code(entries[o]) for o in some})) for some in owners_of.values()]
    types, kind = numbered([entry.type for entry in top])
    names, code = numbered(codes)
    hashes, order = stored.Index.order(owners_of)
    return Forms(
        trie=trie_of(list(owners_of)),
        hashes=hashes,
        numbers=order.astype(np.int32),
        owners=np.array([o for owners in owners_of.values() for o in owners], np.int32),
        bounds=np.cumsum([0, *map(len, owners_of.values())], dtype=np.int32),
        weight=np.array([entry.weight for entry in top], np.float32),
        style=np.array(styles, np.int8),
        several=np.array([GAP in key for key in owners_of], np.bool_),
        kind=kind,
        types=types,
        code=code,
        codes=names,
    )


def numbered(
    values: Sequence[str], known: Sequence[str] = ()
) -> tuple[list[str], NDArray[np.int16]]:
    """The distinct names, those `known` first and the others sorted, and each value's number."""
    names = [*known, *sorted(set(values) - set(known))]
    number = {name: n for n, name in enumerate(names)}
    return names, np.array([number[value] for value in values], np.int16)


def _grouped(entries: Sequence[Entry]) -> tuple[dict[str, list[int]], list[int]]:
    """The entries of each key, and each key's least style."""
    forms: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        for form in entry.forms:
            forms.setdefault(form, []).append(number)
    owners_of: dict[str, list[int]] = {}
    styles: dict[str, int] = {}
    for (form, owners), key in zip(forms.items(), _keys(list(forms)), strict=True):
        known = owners_of.setdefault(key, [])
        known += [owner for owner in owners if owner not in known]
        styles[key] = min(styles.get(key, _style(form)), _style(form))
    return owners_of, list(styles.values())


def _code(entry: Entry) -> str:
    """What the tagger's model is told of an entry: its type and what kind of list has it."""
    if entry.wide and entry.type in TYPES:
        return entry.type + WIDE
    return entry.type + (":" + entry.entity_id.partition(":")[0] if entry.type == "LOC" else "")


def _keys(forms: list[str]) -> list[str]:
    """The forms as they look in the text that is searched: tokens in small letters, set apart."""
    plain = [form.removeprefix(COMMON) for form in forms]
    hard = [i for i, form in enumerate(plain) if not form.replace(" ", "").isalpha()]
    keys = [" " + form.lower().replace(" ", GAP) + " " for form in plain]
    tokens = tokenise([plain[i] for i in hard])
    bounds = tokens.doc.tolist()
    for i, low, high in zip(hard, bounds, bounds[1:], strict=False):
        keys[i] = "".join(f" {word.lower()} " for word in tokens.words[low:high])
    return keys


def _style(form: str) -> int:
    """The capitals that it needs; a form of several entries has the least of theirs."""
    if form.startswith(COMMON) or not form[:1].isupper():
        return ANY_CAPITALS
    return ALL_CAPITALS if form.isupper() and len(form) <= 5 else TITLE  # noqa: PLR2004 - length of an acronym


def save(entries: Sequence[Entry], folder: Path) -> None:
    """Write entries and their forms; the same files for the same entries."""
    lines = [line_of(entry) for entry in entries]
    forms = forms_of([parsed(line) for line in lines])
    sizes = [0, *(len(line.encode()) + 1 for line in lines)]
    arrays = {name: getattr(forms, name) for name in _ARRAYS}
    arrays |= {f"trie_{field.name}": getattr(forms.trie, field.name) for field in fields(Trie)}
    texts = {name: stored.packed(getattr(forms, name)) for name in _TEXTS}
    text = {"lines": stored.packed(lines), "line_bounds": np.cumsum(sizes, dtype=np.int32)}
    stored.save(folder, arrays | texts | text)


_ARRAYS = ("hashes", "numbers", "owners", "bounds", "weight", "style", "several", "kind", "code")
_TEXTS = ("types", "codes")


def load(folder: Path) -> tuple[StoredEntries, Forms]:
    """What `save` wrote."""
    file: dict[str, Any] = stored.load(folder)
    entries = StoredEntries(file["lines"], file["line_bounds"])
    texts: dict[str, Any] = {name: stored.lines_of(file[name]) for name in _TEXTS}
    trie = Trie(*(file[f"trie_{field.name}"] for field in fields(Trie)))
    return entries, Forms(trie=trie, **{name: file[name] for name in _ARRAYS}, **texts)
