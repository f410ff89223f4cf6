import os
from collections.abc import Iterator
from contextlib import closing

from streams.local.ordered import Pool, mapper


def _square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def test_a_pool_keeps_the_order_and_uses_other_processes() -> None:
    with closing(mapper(2)) as pool:
        results = list(pool.map(_square, range(50)))
    assert [square for square, _ in results] == [n * n for n in range(50)]
    assert os.getpid() not in {process for _, process in results}


def test_a_pool_reads_only_a_little_ahead() -> None:
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    with closing(Pool(2)) as pool:
        next(pool.map(_square, numbers()))
        assert len(taken) <= 2 * 2


def test_one_job_stays_in_this_process() -> None:
    assert [p for _, p in mapper(1).map(_square, [1])] == [os.getpid()]
