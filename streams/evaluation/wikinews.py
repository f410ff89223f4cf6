"""The Wikinews articles of the evaluation data: text without a page around it."""

import csv
import gzip
import io
from pathlib import Path


def wikinews(data: Path) -> list[tuple[str, list[str]]]:
    """Title and lines of each article of three lines or more."""
    found = []
    for year in (2019, 2020):
        with gzip.open(data / f"articles/wikinews-{year}.csv.gz") as file:
            for row in csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")):
                lines = [line.strip() for line in row["text"].split("\n") if line.strip()]
                if len(lines) > 2:  # noqa: PLR2004 - a stub teaches nothing
                    found.append((row["title"], lines))
    return found
