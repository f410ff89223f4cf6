from streams.local.summary import Summary
from streams.reasons import Reason
from streams.stages.contract import DeadLetter, Emission
from streams.topology import DUPLICATES, TAGGED, UNIQUE, UNROUTED


def _emit(topic: str) -> tuple[Emission, ...]:
    return (Emission(topic, b"k", b"v"),)


def _summary() -> Summary:
    summary = Summary(read=4)
    summary.note("dedup", DeadLetter(Reason.EMPTY_TEXT))
    summary.note("dedup", _emit(DUPLICATES))
    for _ in range(2):
        summary.note("dedup", _emit(UNIQUE))
        summary.note("tag", _emit(TAGGED))
    summary.note("route", _emit("news.topic.a") + _emit("news.topic.b"))
    summary.note("route", _emit(UNROUTED))
    return summary


def test_every_record_is_accounted_for() -> None:
    summary = _summary()
    assert summary.adds_up
    assert summary.as_dict()["unique"] == 2
    assert summary.as_dict()["routed"] == 1


def test_a_lost_raw_record_does_not_add_up() -> None:
    summary = _summary()
    summary.read += 1
    assert not summary.adds_up


def test_a_lost_unique_record_does_not_add_up() -> None:
    summary = _summary()
    summary.streams[UNROUTED] = 0
    assert not summary.adds_up


def test_a_dead_letter_after_dedup_accounts_for_its_unique_record() -> None:
    summary = _summary()
    summary.read += 1
    summary.note("dedup", _emit(UNIQUE))
    summary.note("tag", DeadLetter(Reason.STAGE_FAILED))
    assert summary.adds_up
