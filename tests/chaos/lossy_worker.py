"""A worker with the guarantee taken out: it commits what it has only begun. The control run.

The pause stands for the work of real stages; the honest worker under test may have any.
"""

import asyncio
from typing import Any

from streams.agents import StageAgent
from streams.cli import main


def _break() -> None:
    honest: Any = StageAgent._compute

    async def hasty(self: Any, batch: Any, alive: Any) -> Any:
        self._batches().finish(batch)
        await asyncio.sleep(0.3)
        return await honest(self, batch, alive)

    StageAgent._compute = hasty  # type: ignore[method-assign]


if __name__ == "__main__":
    _break()
    main()
