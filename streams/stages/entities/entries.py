"""Known things and the files that list them.

The compact file is a gzipped TSV: id, type, name, other forms with `|` between, weight. A weight
is a prior: the bigger, the likelier the name means this entry (population for places).
"""

import csv
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

USER_WEIGHT = 50.0
"""The weight of a user's entries: they are always tagged and go before all others."""
WIDE_WEIGHT, WIDE_PLACE_WEIGHT = 15.0, 1.0
"""The most that an entry of a broad list weighs; what was chosen with care weighs more."""
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

    @property
    def wide(self) -> bool:
        """Whether it comes from a broad list."""
        return self.weight <= (WIDE_PLACE_WEIGHT if self.type == "LOC" else WIDE_WEIGHT)


def line_of(entry: Entry) -> str:
    """The entry's line in a compact file."""
    others = "|".join(entry.forms[1:])
    return "\t".join((entry.entity_id, entry.type, entry.forms[0], others, f"{entry.weight:.4g}"))


def parsed(line: str) -> Entry:
    """The entry of a compact file's line."""
    entity_id, kind, name, others, weight = line.split("\t")
    forms = (name, *others.split("|")) if others else (name,)
    return Entry(entity_id, kind, forms, float(weight))


def read(path: Path) -> Iterator[Entry]:
    """The entries of a compact file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from (parsed(line.rstrip("\n")) for line in lines)


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
            packed.write((line_of(entry) + "\n").encode())
            count += 1
    return count
