"""The Wikinews articles of the evaluation data: text without a page around it."""

import csv
import gzip
from pathlib import Path

YEARS = (2019, 2020)
_LONGEST_FIELD = 10_000_000


def rows(data: Path, year: int) -> list[dict[str, str]]:
    """The articles of a year, one of `YEARS`: url, date, title, text."""
    csv.field_size_limit(_LONGEST_FIELD)
    path = data / f"articles/wikinews-{year}.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def wikinews(data: Path) -> list[tuple[str, list[str]]]:
    """Title and lines of each article of three lines or more."""
    found = []
    for row in (row for year in YEARS for row in rows(data, year)):
        lines = [line.strip() for line in row["text"].split("\n") if line.strip()]
        if len(lines) > 2:  # noqa: PLR2004 - a stub teaches nothing
            found.append((row["title"], lines))
    return found
