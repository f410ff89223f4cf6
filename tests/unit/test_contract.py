from collections.abc import Sequence

from streams.reasons import MEANING, Reason
from streams.stages.contract import DETAIL_BYTES, DeadLetter, Refused, clip, guarded


def _double(batch: Sequence[int]) -> list[int]:
    if 3 in batch:
        raise Refused(Reason.WRONG_TYPE, "three")
    if 4 in batch:
        raise ZeroDivisionError("four")
    return [2 * number for number in batch]


def test_one_bad_record_costs_one_dead_letter_in_its_place() -> None:
    assert guarded(_double, [1, 3, 2, 4]) == [
        2,
        DeadLetter(Reason.WRONG_TYPE, "three"),
        4,
        DeadLetter(Reason.STAGE_FAILED, "four", "ZeroDivisionError"),
    ]


def test_every_reason_has_a_meaning() -> None:
    assert set(MEANING) == set(Reason)


def test_a_detail_is_cut_between_characters() -> None:
    assert clip("é" * DETAIL_BYTES) == "é" * (DETAIL_BYTES // 2)
