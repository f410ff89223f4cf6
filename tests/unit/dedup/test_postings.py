"""The hash table of keys: bounded lists, order, growth."""

import numpy as np
import pytest
from numpy.typing import NDArray

from streams.stages.dedup.postings import PER_KEY, WAYS, Postings


def keys(*values: int) -> NDArray[np.uint64]:
    return np.array(values, np.uint64)


def found(table: Postings, key: int) -> list[int]:
    return sorted(table.find(keys(key))[1].tolist())


def test_what_was_inserted_is_found_with_its_entry() -> None:
    table = Postings()
    table.insert(keys(5, 6, 5), np.array([0, 0, 1]))
    assert found(table, 5) == [0, 1]
    assert found(table, 6) == [0]
    assert found(table, 7) == []


def test_a_key_of_which_only_high_bits_differ_is_another_key() -> None:
    table = Postings()
    table.insert(keys(5), np.array([0]))
    assert found(table, 5 | 1 << 40) == []


def test_a_key_keeps_its_first_entries() -> None:
    table = Postings()
    table.insert(keys(*[9] * 20), np.arange(20))
    assert found(table, 9) == list(range(PER_KEY))


def test_a_full_bucket_lets_its_oldest_entry_go() -> None:
    table = Postings()
    same_bucket = [1 | n << 30 for n in range(WAYS + 1)]
    table.insert(keys(*same_bucket), np.arange(WAYS + 1))
    assert found(table, same_bucket[0]) == []
    assert [found(table, k) for k in same_bucket[1:]] == [[n] for n in range(1, WAYS + 1)]


@pytest.mark.parametrize("seed", range(5))
def test_batches_give_the_table_of_single_inserts(seed: int) -> None:
    random = np.random.default_rng(seed)
    many = random.integers(0, 40, 500).astype(np.uint64) | np.uint64(1 << 33)
    numbers = np.arange(500)
    together, alone = Postings(), Postings()
    together.insert(many, numbers)
    for n in range(500):
        alone.insert(many[n : n + 1], numbers[n : n + 1])
    assert (together.slots == alone.slots).all()


def test_growing_changes_no_answer() -> None:
    random = np.random.default_rng(1)
    many = random.integers(0, 1 << 48, 3_000).astype(np.uint64)
    table = Postings()
    table.insert(many, np.arange(3_000))
    before = [a.tolist() for a in table.find(many)]
    room = table.room
    table.grow()
    assert table.room > room
    assert [a.tolist() for a in table.find(many)] == before
