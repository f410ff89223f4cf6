"""Map a function over a stream in several processes, results in the order of the input."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Mapper(Protocol):
    """Something that maps a function over a stream, in order and lazily."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The results in order; at most a bounded number of items is read ahead."""
        ...

    def close(self) -> None:
        """Release the processes, if any."""
        ...


class Inline:
    """Everything in this process."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The built-in `map`."""
        return map(function, items)

    def close(self) -> None:
        """Nothing to release."""


class Pool:
    """`jobs` processes; each is at most two items ahead of the reader."""

    def __init__(self, jobs: int) -> None:
        # Forked children would inherit the progress bar's thread locks in an unknown state.
        context = multiprocessing.get_context("spawn")
        self._ahead = 2 * jobs
        self._pool = ProcessPoolExecutor(jobs, context, initializer=_ignore_interrupt)

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The results in order; a child's exception is raised here."""
        waiting: deque[Future[B]] = deque()
        for item in items:
            waiting.append(self._pool.submit(function, item))
            if len(waiting) >= self._ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def close(self) -> None:
        """End the processes; what is queued is dropped."""
        self._pool.shutdown(cancel_futures=True)


def mapper(jobs: int) -> Mapper:
    """The mapper for `jobs` processes (1: none but this one)."""
    return Inline() if jobs == 1 else Pool(jobs)


def _ignore_interrupt() -> None:
    # Ctrl-C reaches the whole process group; only the parent decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
