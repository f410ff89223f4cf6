"""A worker whose commits fail most of the time, before or after the coordinator has them."""

import random
from collections.abc import Mapping
from typing import Any

from faust.types import TP

from streams.cli import main
from streams.kafka.consumer import BatchConsumerThread


def _break() -> None:
    honest: Any = BatchConsumerThread._commit
    dice = random.Random(1)  # noqa: S311

    async def failing(self: Any, offsets: Mapping[TP, int]) -> bool:
        fate = dice.random()
        done = fate > 0.3 and await honest(self, offsets)
        return bool(done and fate > 0.6)

    BatchConsumerThread._commit = failing  # type: ignore[method-assign]


if __name__ == "__main__":
    _break()
    main()
