"""Version guard, breaker, attempts and dead-letter headers."""

import asyncio
import os
from pathlib import Path

import pytest
from faust.types import TP

from streams.dead_letters import Origin, to_emission
from streams.kafka.attempts import Attempts
from streams.kafka.breaker import Breaker
from streams.kafka.versions import READ_AT, VersionError, check_versions
from streams.reasons import Reason
from streams.settings import load
from streams.stages.contract import DeadLetter, Record

TP0 = TP("t", 0)


def test_another_version_stops_with_its_name() -> None:
    check_versions()
    with pytest.raises(VersionError, match=r"faust-streaming 0\.16\.0 \(needs 0\.15\.3\)"):
        check_versions(lambda name: "0.16.0" if name == "faust-streaming" else READ_AT[name])


def breaker(**settings: float) -> Breaker:
    wanted = {"breaker_window": 100, "breaker_consecutive": 50, "breaker_retry": 0.1} | settings
    return Breaker("tag", load(**wanted))


def test_the_breaker_opens_at_the_ratio_once_there_is_enough_to_judge() -> None:
    b = breaker()
    assert not b.trips([True] * 10)
    b.count([False] * 10)
    assert b.trips([True] * 10)
    assert not b.trips([True] * 9 + [False])


def test_the_breaker_opens_at_a_row_across_batches() -> None:
    b = breaker(breaker_ratio=1.0)
    b.count([False] + [True] * 30)
    assert not b.trips([True] * 19)
    assert b.trips([True] * 20)
    b.count([True] * 19)
    assert b.trips([True])


def test_the_window_forgets() -> None:
    b = breaker(breaker_consecutive=1_000)
    b.count([True] * 40)
    for _ in range(10):
        b.count([False] * 20)
    assert not b.trips([True] * 90)


def test_the_window_does_not_remember_what_was_good_long_ago() -> None:
    b = breaker(breaker_consecutive=1_000)
    for _ in range(50):
        b.count([False] * 20)
    b.count([True] * 60)
    assert b.trips([True] * 40)


def test_close_lets_go_and_time_asks_for_a_probe() -> None:
    async def scenario() -> tuple[bool, bool]:
        b = breaker()
        b.trip()
        probe = await b.held(lambda: True)
        b.close()
        return probe, await b.held(lambda: True)

    assert asyncio.run(scenario()) == (False, True)


def dead_process_file(folder: Path, content: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "in-hand-999999999.json").write_text(content)


def test_what_was_in_hand_at_a_death_is_suspect_and_counted(tmp_path: Path) -> None:
    dead_process_file(tmp_path, '[["t", 0, 10, 20, 0]]\nold rest')
    attempts = Attempts(tmp_path)
    attempts.absorb([TP("t", 1)])
    assert not attempts.suspicious(TP0, 15, 30)
    attempts.absorb([TP0])
    assert attempts.suspicious(TP0, 15, 30)
    assert not attempts.suspicious(TP0, 20, 30)
    assert attempts.deaths(TP0, 12) == 1
    attempts.begin([(TP0, 12, 13)])
    content = (tmp_path / f"in-hand-{os.getpid()}.json").read_text()
    attempts.close()
    dead_process_file(tmp_path, content)
    again = Attempts(tmp_path)
    again.absorb([TP0])
    assert again.deaths(TP0, 12) == 2
    assert again.deaths(TP0, 13) == 0
    again.clear(TP0, 13)
    assert again.deaths(TP0, 12) == 0
    again.close()


def test_a_living_process_is_no_suspect_and_a_broken_file_is_nothing(tmp_path: Path) -> None:
    first = Attempts(tmp_path)
    first.begin([(TP0, 0, 5)])
    (tmp_path / f"in-hand-{os.getpid()}.json").rename(tmp_path / "in-hand-1.json")
    dead_process_file(tmp_path, '[["t", 0')
    second = Attempts(tmp_path)
    second.absorb([TP0])
    assert not second.suspicious(TP0, 0, 5)
    assert not (tmp_path / "in-hand-999999999.json").exists()
    second.close()


def test_a_dead_letter_is_untouched_and_counts_its_attempts() -> None:
    origin = Origin("news.raw", 3, 42, 1_700_000_000_000, "dedup")
    letter = DeadLetter(Reason.EMPTY_TEXT, "nothing", "Error")
    record = Record(b"\xff body", b"key", (("h", b"1"), ("h", b"2")))
    first = to_emission(record, letter, origin, 1_000)
    assert (first.key, first.value, first.headers[:2]) == (b"key", b"\xff body", record.headers)
    again = to_emission(Record(first.value, first.key, first.headers), letter, origin, 2_000)
    headers = dict(again.headers)
    assert headers["dlq.attempt"] == b"2"
    assert headers["dlq.first_failed_at"] == b"1000"
    assert headers["dlq.offset"] == b"42"
    assert headers["dlq.reason"] == b"empty_text"
