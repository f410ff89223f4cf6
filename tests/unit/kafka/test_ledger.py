"""The ledger: nothing is committed past a batch that is not done."""

from types import SimpleNamespace
from typing import Any

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.ledger import FetchedBatch, Ledger, State, split

TP0 = TP("t", 0)


def records(*offsets: int, size: int = 10) -> list[Any]:
    return [SimpleNamespace(offset=o, value=b"x" * size, key=None) for o in offsets]


def batch(*offsets: int) -> FetchedBatch:
    return FetchedBatch(TP0, records(*offsets), 10 * len(offsets))


def filled(*batches: FetchedBatch) -> Ledger:
    ledger = Ledger()
    for b in batches:
        ledger.add(b)
    return ledger


def test_commits_only_up_to_the_first_batch_that_is_not_done() -> None:
    first, second, third = batch(0, 1), batch(2, 3), batch(4)
    ledger = filled(first, second, third)
    ledger.finish(second)
    ledger.finish(third)
    assert ledger.committable([TP0]) == {}
    ledger.finish(first)
    assert ledger.committable([TP0]) == {TP0: 5}


def test_gaps_between_offsets_do_not_matter() -> None:
    first, second = batch(3, 9), batch(40, 44)
    ledger = filled(first, second)
    ledger.finish(first)
    assert ledger.committable([TP0]) == {TP0: 10}
    ledger.finish(second)
    assert ledger.committable([TP0]) == {TP0: 45}


def test_a_failed_commit_is_tried_again_and_a_confirmed_one_is_not() -> None:
    only = batch(0, 1)
    ledger = filled(only)
    ledger.finish(only)
    assert ledger.committable([TP0]) == ledger.committable([TP0]) == {TP0: 2}
    ledger.committed({TP0: 2})
    assert ledger.committable([TP0]) == {}


def test_a_batch_given_up_is_never_committed_though_it_finishes_later() -> None:
    lost = batch(0, 1)
    ledger = filled(lost)
    assert ledger.begin(lost)
    ledger.clear()
    assert not lost.alive
    ledger.finish(lost)
    assert ledger.committable([TP0]) == {}
    assert not ledger.begin(lost)


def test_a_partition_that_is_not_ours_is_not_committed() -> None:
    done = batch(0)
    ledger = filled(done)
    ledger.finish(done)
    assert ledger.committable([TP("t", 1)]) == {}


def test_idle_and_held_batches_are_dropped_those_in_hand_stay() -> None:
    working, held, queued = batch(0), batch(1), batch(2)
    ledger = filled(working, held, queued)
    ledger.begin(working)
    ledger.begin(held)
    held.held = True
    assert ledger.in_hand() == [working]
    ledger.drop_idle()
    assert (working.alive, held.alive, queued.alive) == (True, False, False)
    assert ledger.size == working.size


@given(st.permutations(range(8)), st.integers(0, 8))
def test_whatever_the_order_no_commit_passes_an_unfinished_batch(
    order: list[int], finished: int
) -> None:
    batches = [batch(n * 10, n * 10 + 5) for n in range(8)]
    ledger = filled(*batches)
    for n in order[:finished]:
        ledger.finish(batches[n])
    unfinished: list[int] = [b.first for b in batches if b.state is not State.DONE]
    committed = ledger.committable([TP0]).get(TP0, 0)
    assert all(first >= committed for first in unfinished)
    first_open = unfinished[0] if unfinished else 80
    assert committed == (first_open - 4 if first_open else 0)


def test_split_bounds_the_bytes_and_leaves_a_large_record_alone() -> None:
    found = records(0, 1, 2, size=40) + records(3, size=500) + records(4, size=1)
    batches = split(TP0, found, 100)
    assert [[r.offset for r in b.records] for b in batches] == [[0, 1], [2], [3], [4]]
    assert [b.size for b in batches] == [80, 40, 500, 1]
    assert split(TP0, [], 100) == []
