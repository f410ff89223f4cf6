"""The breaker: a bad deploy must not drain a topic into the DLQ."""

import asyncio
import contextlib
from collections import deque
from time import monotonic

from mode.utils.logging import get_logger

from streams import metrics
from streams.kafka.sender import POLL_SECONDS, AbandonedError, Alive
from streams.settings import Settings

logger = get_logger(__name__)
JUDGE = 5
"""The ratio is judged when a fifth of the window is filled."""


class Breaker:
    """Counts a stage's dead letters; open, it holds the batch that tripped it, unsent.

    It opens at a ratio of dead letters over a window of records, or at a number in a row. It
    closes by `close`, or when a batch computed again after the retry time (the probe) is good.
    """

    def __init__(self, stage: str, settings: Settings) -> None:
        self.stage = stage
        self._settings = settings
        self._window: deque[tuple[int, int]] = deque()
        self._records = self._bad = self._row = 0
        self._closed = asyncio.Event()
        self._closed.set()
        metrics.BREAKER_OPEN.labels(stage).set(0)

    @property
    def open(self) -> bool:
        """Whether the stage is held."""
        return not self._closed.is_set()

    def trips(self, bad: list[bool]) -> bool:
        """Whether a batch with these outcomes (True is a dead letter) is too much; no change."""
        if True in bad and self._row_over(bad):
            return True
        records, dead = self._records + len(bad), self._bad + sum(bad)
        enough = records >= self._settings.breaker_window / JUDGE
        return enough and dead >= self._settings.breaker_ratio * records

    def _row_over(self, bad: list[bool]) -> bool:
        row = self._row
        for is_bad in bad:
            row = row + 1 if is_bad else 0
            if row >= self._settings.breaker_consecutive:
                return True
        return False

    def bad_alone(self, bad: list[bool]) -> bool:
        """Whether a batch alone is too much: how a probe is judged."""
        return sum(bad) >= self._settings.breaker_ratio * len(bad)

    def count(self, bad: list[bool]) -> None:
        """The outcomes of a batch that was let through."""
        self._window.append((len(bad), sum(bad)))
        self._records += len(bad)
        self._bad += sum(bad)
        while self._records - self._window[0][0] >= self._settings.breaker_window:
            records, dead = self._window.popleft()
            self._records -= records
            self._bad -= dead
        if False in bad:
            self._row = bad[::-1].index(False)
        else:
            self._row += len(bad)

    def trip(self) -> None:
        """Open."""
        if not self.open:
            metrics.BREAKER_TRIPS.labels(self.stage).inc()
            logger.error(
                "Breaker of stage %s opened: %d of %d records are dead letters. Nothing is lost; "
                "the stage is held. Close it with POST /breaker/close or SIGUSR1 when the cause "
                "is gone; it probes by itself every %g s",
                self.stage, self._bad, self._records, self._settings.breaker_retry,
            )  # fmt: skip
        self._closed.clear()
        metrics.BREAKER_OPEN.labels(self.stage).set(1)

    def close(self) -> None:
        """Let the stage go on, whatever it makes of its records, and count anew."""
        self._window.clear()
        self._records = self._bad = self._row = 0
        self._closed.set()
        metrics.BREAKER_OPEN.labels(self.stage).set(0)

    async def held(self, alive: Alive) -> bool:
        """Wait while open; True if `close` was called, False when it is time to probe.

        Raises:
            AbandonedError: the partition left us.
        """
        deadline = monotonic() + self._settings.breaker_retry
        while monotonic() < deadline:
            if self._closed.is_set():
                return True
            left = min(POLL_SECONDS, max(0.0, deadline - monotonic()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), left)
            if not alive():
                raise AbandonedError
        return self._closed.is_set()
