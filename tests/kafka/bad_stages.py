"""Stages with faults, for workers in tests; each function is a factory for `--stages`."""

import os
import sys
import time
from collections.abc import Sequence

from streams.bench.passthrough import PassThrough, load_stages
from streams.kafka.host import Stages
from streams.reasons import Reason
from streams.stages.contract import DeadLetter, Emission, Outcome, Record
from streams.topology import TAGGED


class Tag:
    """A tag stage that does to each record what its value says."""

    name = "tag"

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        return [self._one(record) for record in batch]

    def _one(self, record: Record) -> Outcome:
        value = record.value or b""
        if value.startswith(b"hang"):
            time.sleep(3600)
        if value.startswith(b"die"):
            os._exit(1)
        if value.startswith(b"raise"):
            raise RuntimeError("as told")
        if value.startswith(b"refuse"):
            return DeadLetter(Reason.INVALID_RECORD, "as told")
        if value.startswith(b"unknown-topic"):
            return (Emission("news.topic.not-there", record.key, value),)
        if value.startswith(b"large"):
            return (Emission(TAGGED, record.key, os.urandom(12_000_000)),)
        return (Emission(TAGGED, record.key, value),)


class Slow(PassThrough):
    """Two seconds a batch, said on stderr."""

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        sys.stderr.write("slow stage begins\n")
        time.sleep(2)
        sys.stderr.write("slow stage ends\n")
        return super().__call__(batch)


def faulty() -> Stages:
    return {**load_stages(), "tag": Tag()}


def slow() -> Stages:
    return {**load_stages(), "tag": Slow("tag", TAGGED)}
