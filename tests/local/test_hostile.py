"""Hostile records: as many outcomes as records, each the right one, and no harm to others."""

from collections import Counter
from functools import cache
from pathlib import Path

import orjson
import pytest

from streams.local.job import Job, Step
from streams.local.ordered import Inline
from streams.local.run import run
from streams.local.sources import Sourced, Sources
from streams.stages.contract import DeadLetter, Record
from streams.stages.dedup import Index
from streams.topology import DLQ, TAGGED, UNIQUE
from tests.hostile import ARTICLE, Hostile, kinds, neighbours

MAX_BYTES = 2_000_000
KINDS = kinds(MAX_BYTES)
GOOD = neighbours(len(KINDS))
ROUTED = "route"


def job() -> Job:
    return Job(Index(), (), batch_records=64, max_bytes=MAX_BYTES)


def steps_by_origin(records: dict[str, Record]) -> dict[str, list[Step]]:
    """What each stage made of each record, by the record's name."""
    sourced = [Sourced(record, name) for name, record in records.items()]
    found: dict[str, list[Step]] = {name: [] for name in records}
    for batch in job().steps(sourced, Inline()):
        for step in batch:
            found[step.origin].append(step)
    return found


@cache
def together() -> dict[str, list[Step]]:
    """Hostile and good records in turn."""
    mixed: dict[str, Record] = {}
    for number, (hostile, good) in enumerate(zip(KINDS, GOOD, strict=True)):
        mixed[hostile.name] = hostile.record
        mixed[f"good {number}"] = good
    return steps_by_origin(mixed)


def test_there_are_kinds_enough_and_each_has_its_own_name() -> None:
    assert len({hostile.name for hostile in KINDS}) == len(KINDS) >= 25


@pytest.mark.parametrize("hostile", KINDS, ids=lambda hostile: hostile.name)
def test_a_hostile_record_has_its_outcome(hostile: Hostile) -> None:
    first, *later = together()[hostile.name]
    if hostile.expected != ARTICLE:
        assert isinstance(first.outcome, DeadLetter)
        assert (first.outcome.reason, later) == (hostile.expected, [])
        assert len(first.outcome.detail.encode()) <= 1_000
        return
    assert not isinstance(first.outcome, DeadLetter), first.outcome
    assert [emission.topic for emission in first.outcome] == [UNIQUE]
    assert [step.stage for step in later] == ["tag", ROUTED]
    assert not [step.outcome for step in later if isinstance(step.outcome, DeadLetter)]


def test_the_good_ones_next_to_them_are_unharmed() -> None:
    alone = steps_by_origin({f"good {number}": good for number, good in enumerate(GOOD)})
    assert len(alone) == len(KINDS)
    for name, steps in alone.items():
        assert [step.outcome for step in together()[name]] == [step.outcome for step in steps]
        assert [step.stage for step in steps][-1] == ROUTED


def test_mentions_stand_where_they_say() -> None:
    checked = 0
    for hostile in KINDS:
        for step in together()[hostile.name]:
            for emission in () if isinstance(step.outcome, DeadLetter) else step.outcome:
                if emission.topic == TAGGED:
                    article = orjson.loads(emission.value)
                    for entity in article["entities"]:
                        for mention in entity["mentions"]:
                            piece = article["text"][mention["start"] : mention["end"]]
                            assert piece == mention["text"] != ""
                            checked += 1
    assert checked > 100


def test_the_embedded_run_counts_every_one(tmp_path: Path) -> None:
    lines = [h for h in KINDS if h.record.value and not set(h.record.value) & set(b"\r\n")]
    lines = [h for h in lines if h.record.value and h.record.value[:1] != b'"']
    source = tmp_path / "hostile.jsonl"
    source.write_bytes(b"".join((h.record.value or b"") + b"\n" for h in lines))
    files = [h for h in KINDS if h.record.value is not None and h not in lines]
    for number, hostile in enumerate(files):
        (tmp_path / f"{number:03}.txt").write_bytes(hostile.record.value or b"")
    paths = sorted(str(path) for path in tmp_path.iterdir())
    out = tmp_path / "out"
    out.mkdir()
    summary = run(Sources(paths), out, job())
    assert summary.adds_up
    blank = sum(not (h.record.value or b"").strip() for h in lines)
    assert summary.read == len(lines) - blank + len(files)
    letters = [orjson.loads(line) for line in (out / f"{DLQ}.jsonl").read_bytes().splitlines()]
    wanted = Counter(str(h.expected) for h in (*lines, *files) if h.expected != ARTICLE)
    assert Counter(letter["reason"] for letter in letters) == wanted
    assert summary.streams[UNIQUE] == sum(h.expected == ARTICLE for h in (*lines, *files))
