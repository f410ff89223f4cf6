"""Figures of the entity tagger on the check halves; floors just under what was measured."""

import csv
import gzip
import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from streams.evaluation import entities as evaluation
from streams.evaluation.split import shared_data
from streams.stages.entities import load_tagger

pytestmark = pytest.mark.quality
FLOORS = {"worldwide-dev": 0.845, "wikigold": 0.73, "re3d": 0.5}


@pytest.fixture(scope="module")
def data() -> Path:
    try:
        return shared_data()
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", FLOORS)
def test_f1_on_the_check_half(data: Path, name: str) -> None:
    result = evaluation.score(load_tagger(), *evaluation.check_documents(name))
    assert data
    assert result.total.f1 >= FLOORS[name]


def test_confidence_is_calibrated(data: Path) -> None:
    result = evaluation.score(load_tagger(), *evaluation.check_documents("worldwide-dev"))
    assert data
    assert result.calibration_error <= 0.03


def texts(data: Path) -> Iterator[str]:
    """Every text of every file that has any."""
    for path in sorted(data.rglob("*")):
        if path.suffix == ".txt":
            yield path.read_text("utf-8", "replace")
        elif path.name.endswith(".jsonl.gz"):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                yield from (v for line in lines for v in _strings(json.loads(line)))
        elif path.name.endswith(".gz"):
            with gzip.open(path, "rt", encoding="latin-1") as lines:
                whole = lines.read()
            yield from (whole[i : i + 4000] for i in range(0, len(whole), 4000))


def _strings(record: dict[str, object]) -> Iterator[str]:
    for key in ("text", "title", "gold_body", "body"):
        value = record.get(key)
        if isinstance(value, str):
            yield value
    lines = record.get("lines")
    yield from map(str, lines if isinstance(lines, list) else [])


STRIDE = 1 if os.environ.get("NEWSWIRE_EVERY_TEXT") else 16
"""`make quality` takes every text; each sixteenth is enough for every push."""


@pytest.mark.timeout(900)
def test_offsets_are_right_on_every_mention_of_every_text(data: Path) -> None:
    csv.field_size_limit(1 << 30)
    count = mentions = 0
    batch: list[str] = []

    def flush() -> None:
        nonlocal mentions
        for text, entities in zip(batch, evaluation.tag(load_tagger(), batch), strict=True):
            for entity in entities:
                for mention in entity.mentions:
                    assert text[mention.start : mention.end] == mention.text
                    mentions += 1
        batch.clear()

    for text in islice(texts(data), 0, None, STRIDE):
        batch.append(text)
        count += 1
        if len(batch) == evaluation.BATCH:
            flush()
    flush()
    assert count > 50_000 / STRIDE
    assert mentions > 500_000 / STRIDE
