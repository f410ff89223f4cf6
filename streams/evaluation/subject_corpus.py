"""Texts for training the subject model, from the sets that may train a shipped model."""

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RELATIONS = "medtop:20000638"
CODES = {
    "armed_conflict": "medtop:16000000",
    "politics": "medtop:11000000",
    "law_crime": "medtop:02000000",
    "disasters": "medtop:03000000",
    "international_relations": RELATIONS,
    "business": "medtop:04000000",
    "sport": "medtop:15000000",
    "arts_culture": "medtop:01000000",
    "science_tech": "medtop:13000000",
}
HEALTH, ENVIRONMENT = "medtop:07000000", "medtop:06000000"
BOTH = "health_environment"


@dataclass(slots=True, frozen=True)
class Event:
    """A sentence or two about one event of world news, with its one category."""

    year: int
    category: str
    text: str
    headings: tuple[str, ...]

    @property
    def headed(self) -> str:
        """The text under the heading of its story, as under a title."""
        return f"{self.headings[-1]}. {self.text}" if self.headings else self.text


def wcep(data: Path) -> list[Event]:
    """The categorised events of the Wikipedia Current Events Portal, in order of date."""
    with gzip.open(data / "topics/wcep-categorised.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Event(int(r["date"][:4]), r["category"], r["text"], tuple(r["headings"])) for r in rows]


def unlabelled(data: Path) -> Iterator[str]:
    """News texts without a subject: those of two entity sets; Wikinews is our check set."""
    yield from _tagged_documents(data / "ner/worldwide-train.tsv.gz")
    yield from _gmb_sentences(data / "ner/gmb.csv.gz")


def _tagged_documents(path: Path) -> Iterator[str]:
    words: list[str] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# ") and words:
                yield " ".join(words)
                words = []
            elif line.strip() and not line.startswith("# "):
                words.append(line.split("\t")[0])
    yield " ".join(words)


def _gmb_sentences(path: Path) -> Iterator[str]:
    words: list[str] = []
    with gzip.open(path, "rt", encoding="latin-1") as lines:
        for row in csv.DictReader(lines):
            if row["Sentence #"] and words:
                yield " ".join(words)
                words = []
            words.append(row["Word"])
    yield " ".join(words)
