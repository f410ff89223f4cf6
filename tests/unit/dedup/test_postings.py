"""The hash table of keys: bounded lists, order, growth."""

import numpy as np
from numpy.typing import NDArray

from streams.stages.dedup import postings
from streams.stages.dedup.postings import PER_KEY, WAYS

U64 = NDArray[np.uint64]


def keys(*values: int) -> U64:
    return np.array(values, np.uint64)


def found(slots: U64, *wanted: int) -> dict[int, int]:
    room = PER_KEY * len(wanted)
    numbers, shared = np.empty(room, np.int64), np.empty(room, np.int64)
    count = postings.find(slots, keys(*wanted), numbers, shared)
    return dict(zip(numbers[:count].tolist(), shared[:count].tolist(), strict=True))


def test_what_was_inserted_is_found_with_its_entry_and_how_many_keys_are_shared() -> None:
    slots = postings.empty()
    postings.insert(slots, keys(5, 6), 0)
    postings.insert(slots, keys(5), 1)
    assert found(slots, 5, 6) == {0: 2, 1: 1}
    assert found(slots, 6) == {0: 1}
    assert found(slots, 7) == {}


def test_a_key_of_which_only_high_bits_differ_is_another_key() -> None:
    slots = postings.empty()
    postings.insert(slots, keys(5), 0)
    assert found(slots, 5 | 1 << 40) == {}


def test_a_key_keeps_its_first_entries() -> None:
    slots = postings.empty()
    for number in range(20):
        postings.insert(slots, keys(9), number)
    assert sorted(found(slots, 9)) == list(range(PER_KEY))


def test_a_full_bucket_lets_its_oldest_entry_go() -> None:
    slots = postings.empty()
    same_bucket = [1 | n << 30 for n in range(WAYS + 1)]
    for number, key in enumerate(same_bucket):
        postings.insert(slots, keys(key), number)
    assert found(slots, same_bucket[0]) == {}
    assert [list(found(slots, k)) for k in same_bucket[1:]] == [[n] for n in range(1, WAYS + 1)]


def test_growing_changes_no_answer() -> None:
    random = np.random.default_rng(1)
    many = random.integers(0, 1 << 48, 3_000).tolist()
    slots = postings.empty()
    for number, key in enumerate(many):
        postings.insert(slots, keys(key), number)
    larger = postings.grown(slots)
    assert postings.room(larger) == 2 * postings.room(slots)
    assert [found(larger, k) for k in many] == [found(slots, k) for k in many]


def test_a_table_begins_on_a_cache_line_and_so_does_a_larger_one() -> None:
    for slots in (postings.aligned(8), postings.empty(), postings.grown(postings.empty())):
        assert slots.ctypes.data % 64 == 0
        assert not slots.any()
