"""A gazetteer from a Wikidata JSON dump: one pass, one entity in memory at a time."""

import bz2
import gzip
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from streams.stages.entities.entries import Entry

CLASSES = {
    "Q5": "PER",
    "Q6256": "LOC",
    "Q3624078": "LOC",
    "Q515": "LOC",
    "Q1549591": "LOC",
    "Q5119": "LOC",
    "Q7275": "LOC",
    "Q23442": "LOC",
    "Q4022": "LOC",
    "Q8502": "LOC",
    "Q165": "LOC",
    "Q43229": "ORG",
    "Q4830453": "ORG",
    "Q6881511": "ORG",
    "Q891723": "ORG",
    "Q7278": "ORG",
    "Q327333": "ORG",
    "Q484652": "ORG",
    "Q3918": "ORG",
    "Q11032": "ORG",
    "Q41710": "NORP",
    "Q198": "EVENT",
    "Q178561": "EVENT",
    "Q728": "WEAPON",
    "Q11446": "PLATFORM",
    "Q11436": "PLATFORM",
}
"""The type of an item by the class that it is an instance of (P31); others are left out."""
FORMS, LONGEST = 12, 80


def _open(path: Path) -> tuple[IO[bytes], IO[bytes]]:
    raw = path.open("rb")
    if path.suffix == ".gz":
        return raw, gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    if path.suffix == ".bz2":
        return raw, bz2.BZ2File(raw)
    return raw, raw


def items(path: Path, progress: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    """The entities of a dump (.json, .gz or .bz2); `progress` gets bytes read of the file.

    Raises:
        ValueError: a line is no JSON; its number is named.
    """
    raw, lines = _open(path)
    with raw, lines:
        for number, line in enumerate(lines, 1):
            progress(raw.tell())
            text = line.strip().rstrip(b",")
            if text in {b"", b"[", b"]"}:
                continue
            try:
                item = json.loads(text)
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
            if isinstance(item, dict):
                yield item


def entry_of(item: dict[str, Any], language: str = "en", fewest: int = 0) -> Entry | None:
    """The entry for an item; None without a label, a known class or `fewest` sitelinks."""
    label = (item.get("labels") or {}).get(language, {}).get("value")
    links = len(item.get("sitelinks") or {})
    kind = next((CLASSES[c] for c in _instance_of(item) if c in CLASSES), None)
    if not label or kind is None or links < fewest:
        return None
    others = [a.get("value", "") for a in (item.get("aliases") or {}).get(language, [])]
    forms = [_clean(form) for form in (label, *others)]
    forms = [f for f in dict.fromkeys(forms) if 1 < len(f) <= LONGEST][:FORMS]
    if not forms:
        return None
    return Entry(f"wikidata:{item['id']}", kind, tuple(forms), round(math.log2(links + 1), 2))


def _clean(form: str) -> str:
    return " ".join(form.replace("|", " ").split())


def _instance_of(item: dict[str, Any]) -> Iterator[str]:
    for claim in (item.get("claims") or {}).get("P31", []):
        value = claim.get("mainsnak", {}).get("datavalue", {}).get("value", {})
        if isinstance(value, dict) and "id" in value:
            yield value["id"]
