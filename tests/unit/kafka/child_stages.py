"""Stages for a host's child process; each function is a factory."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streams.kafka.host import Stages
from streams.stages.contract import Emission, Outcome, Record

BROKEN = "NEWSWIRE_TEST_BROKEN"
"""Names a file; while it is there the stages can't be loaded."""


class Following:
    """Says which version of the table it has seen; `die` and `hang` do what they say."""

    name = "route"

    def __init__(self) -> None:
        self._version = 0

    def follow(self, changes: Sequence[Any], upto: int, since: int) -> int:  # noqa: ARG002
        if since == self._version:
            self._version = max(self._version, upto)
        return self._version

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        return [self._one(record) for record in batch]

    def _one(self, record: Record) -> Outcome:
        if record.value == b"die":
            os._exit(1)
        if record.value == b"hang":
            time.sleep(3600)
        return (Emission(f"version-{self._version}", record.key, record.value or b""),)


def stages() -> Stages:
    broken = os.environ.get(BROKEN)
    if broken and Path(broken).exists():
        raise RuntimeError("as told")
    return {"route": Following()}
