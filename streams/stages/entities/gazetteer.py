"""Names known beforehand: tens of thousands matched in one pass on token bounds, longest first.

The compact file is a gzipped TSV: id, type, name, other forms with `|` between, weight. A weight
is a prior: the bigger, the likelier the name means this entry (population for places).
"""

import csv
import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from streams.text.tokens import TokenBatch, tokenise

Ints = NDArray[np.int64]
GAP = "  "
USER_WEIGHT = 50.0
"""The weight of a user's entries: they are always tagged and go before all others."""
COMMON = "~"
"""Before a form in the file: it is a common word and matches in small letters too."""


@dataclass(slots=True, frozen=True)
class Entry:
    """A known thing; `forms[0]` is its name. `weight` orders entries that share a form."""

    entity_id: str
    type: str
    forms: tuple[str, ...]
    weight: float = 0.0

    @property
    def name(self) -> str:
        """The form it is shown by."""
        return self.forms[0].removeprefix(COMMON)


@dataclass(slots=True, frozen=True)
class Hits:
    """Matches in text order: tokens `first[i]..last[i]` (inclusive) are form `form[i]`."""

    first: Ints
    last: Ints
    form: Ints


def read(path: Path) -> Iterator[Entry]:
    """The entries of a compact file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for line in lines:
            entity_id, kind, name, others, weight = line.rstrip("\n").split("\t")
            forms = (name, *others.split("|")) if others else (name,)
            yield Entry(entity_id, kind, forms, float(weight))


def read_csv(path: Path, weight: float = USER_WEIGHT) -> Iterator[Entry]:
    """A user's entries: a CSV with the columns name, type, id, aliases (`|` between).

    Raises:
        ValueError: a column is missing or a row has no name, type or id; the line is named.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = {"name", "type", "id"} - set(rows.fieldnames or ())
        if missing:
            raise ValueError(f"{path}: no column {', '.join(sorted(missing))}")
        for row in rows:
            if not (row["name"] and row["type"] and row["id"]):
                raise ValueError(f"{path}, line {rows.line_num}: name, type and id must be given")
            others = [a.strip() for a in (row.get("aliases") or "").split("|") if a.strip()]
            yield Entry(row["id"], row["type"].upper(), (row["name"], *others), weight)


def write(entries: Iterable[Entry], path: Path) -> int:
    """Write a compact file, the same bytes for the same entries; how many were written."""
    count = 0
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        for entry in entries:
            others = "|".join(entry.forms[1:])
            row = (entry.entity_id, entry.type, entry.forms[0], others, f"{entry.weight:.4g}")
            packed.write(("\t".join(row) + "\n").encode())
            count += 1
    return count


class Gazetteer:
    """Entries ready to be matched. `entries_of[form]` lists a form's entries, likeliest first."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        forms: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            for form in entry.forms:
                forms.setdefault(form, []).append(number)
        keys: dict[str, int] = {}
        self.entries_of: list[list[int]] = []
        styles: list[int] = []
        for (form, owners), key in zip(forms.items(), _keys(list(forms)), strict=True):
            at = keys.setdefault(key, len(keys))
            if at == len(styles):
                self.entries_of.append(owners)
                styles.append(_style(form))
            else:
                known = self.entries_of[at]
                known += [owner for owner in owners if owner not in known]
                styles[at] = min(styles[at], _style(form))
        for owners in self.entries_of:
            owners.sort(key=lambda owner: -entries[owner].weight)
        self.styles = np.array(styles, np.int8)
        self._keys = keys
        codes = [
            "+".join(sorted({_code(entries[o]) for o in owners})) for owners in self.entries_of
        ]
        self.codes = sorted(set(codes))
        number_of = {code: number for number, code in enumerate(self.codes)}
        self.code_of = np.array([number_of[code] for code in codes], np.int64)
        self._automaton = ahocorasick_rs.AhoCorasick(
            list(keys), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest, store_patterns=False
        )

    def find(self, key: str) -> int:
        """The form of some tokens, in small letters and each between blanks; or -1."""
        return self._keys.get(key, -1)

    def likeliest(self, form: int) -> Entry:
        """The form's entry with most weight."""
        return self.entries[self.entries_of[form][0]]

    def of_type(self, form: int, kind: str) -> list[Entry]:
        """The form's entries of one type, likeliest first."""
        owners = map(self.entries.__getitem__, self.entries_of[form])
        return [entry for entry in owners if entry.type == kind]

    def match(self, tokens: TokenBatch, lower: list[str] | None = None) -> Hits:
        """All matches, none overlapping, none across sentences, capitals as the form asks.

        `lower` may give the vocabulary in small letters between blanks.
        """
        if lower is None:
            lower = [f" {word.lower()} " for word in tokens.vocabulary]
        size = np.fromiter(map(len, lower), np.int64, len(lower))[tokens.ids]
        end = np.cumsum(size)
        text = "".join(map(lower.__getitem__, tokens.ids.tolist()))
        found = np.array(self._automaton.find_matches_as_indexes(text), np.int64).reshape(-1, 3)
        first = np.searchsorted(end, found[:, 1], "right")
        last = np.searchsorted(end, found[:, 2], "left")
        keep = self._capitals(tokens, first, found[:, 0])
        sentence = np.searchsorted(tokens.sentence, np.stack((first, last)), "right")
        keep &= sentence[0] == sentence[1]
        return Hits(first[keep], last[keep], found[keep, 0])

    def _capitals(self, tokens: TokenBatch, first: Ints, form: Ints) -> NDArray[np.bool_]:
        words = [tokens.words[i] for i in first.tolist()]
        upper = np.fromiter((word.isupper() for word in words), np.bool_, len(words))
        title = np.fromiter((word[:1].isupper() for word in words), np.bool_, len(words))
        style = self.styles[form]
        result: NDArray[np.bool_] = (style == 0) | ((style == 1) & title) | upper
        return result


def _code(entry: Entry) -> str:
    """What the tagger's model is told of an entry: its type and, for places, the kind of source."""
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
    """0: any capitals; 1: starts with a capital; 2: all capitals."""
    if form.startswith(COMMON) or not form[:1].isupper():
        return 0
    return 2 if form.isupper() and len(form) <= 5 else 1  # noqa: PLR2004 - length of an acronym
