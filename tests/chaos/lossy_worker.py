"""A worker with the guarantee taken out: it commits what it has only begun. The control run.

The pause stands for the work of real stages; the honest worker under test may have any.
"""

import asyncio
from typing import Any

from streams.cli import main
from streams.kafka.computing import Computing
from streams.kafka.consumer import BatchConsumer

PAUSE_SECONDS = 0.3


def _break() -> None:
    begin: Any = BatchConsumer.begin
    outcomes: Any = Computing.outcomes

    def hasty(self: BatchConsumer, batch: Any) -> bool:
        taken: bool = begin(self, batch)
        if taken:
            self.finish(batch)
        return taken

    async def slow(self: Computing, batch: Any, alive: Any) -> Any:
        await asyncio.sleep(PAUSE_SECONDS)
        return await outcomes(self, batch, alive)

    BatchConsumer.begin = hasty  # type: ignore[method-assign]
    Computing.outcomes = slow  # type: ignore[method-assign]


if __name__ == "__main__":
    _break()
    main()
