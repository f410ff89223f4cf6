"""Stages that are ill in a way that depends on the record alone; factories for `--stages`.

The feeder's values begin with `k<key>:<number>|`, numbers counting up per key.
"""

import time
from collections.abc import Callable, Sequence

from streams.bench.passthrough import PassThrough, load_stages
from streams.kafka.host import Stages
from streams.reasons import Reason
from streams.stages.contract import DeadLetter, Outcome, Record
from streams.topology import TAGGED

FIRST_BAD = 20
"""Numbers below this are healthy everywhere: a scenario can begin in peace."""
EVERY = 7
HANG_KEY, HANG_EVERY = b"k3", 25


class Ill(PassThrough):
    """A tag stage that treats some records with `deed`."""

    def __init__(self, deed: Callable[[bytes, int], Outcome | None]) -> None:
        super().__init__("tag", TAGGED)
        self._deed = deed

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        healthy = super().__call__(batch)
        ill = [self._deed(*_identity(record.value or b"")) for record in batch]
        return [bad or good for good, bad in zip(healthy, ill, strict=True)]


def _identity(value: bytes) -> tuple[bytes, int]:
    key, _, number = value.partition(b"|")[0].partition(b":")
    return key, int(number)


def _stages(deed: Callable[[bytes, int], Outcome | None]) -> Stages:
    return {**load_stages(), "tag": Ill(deed)}


def hanging() -> Stages:
    """One key's records hang now and then."""

    def deed(key: bytes, number: int) -> Outcome | None:
        if key == HANG_KEY and number % HANG_EVERY == HANG_EVERY - 1:
            time.sleep(3600)
        return None

    return _stages(deed)


def refusing() -> Stages:
    """After a healthy beginning every seventh number is a dead letter."""

    def deed(_: bytes, number: int) -> Outcome | None:
        bad = number >= FIRST_BAD and number % EVERY == 0
        return DeadLetter(Reason.INVALID_RECORD, "as told") if bad else None

    return _stages(deed)


def poisoned() -> Stages:
    """Every record is a dead letter: a bad deploy."""
    return _stages(lambda _key, _number: DeadLetter(Reason.INVALID_RECORD, "as told"))
