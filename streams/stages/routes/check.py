"""The stage that reads `news.routes` for its dead letters: one for each bad route, once."""

from collections.abc import Sequence

from streams.reasons import Reason
from streams.stages.contract import DeadLetter, Outcome, Record, clip
from streams.stages.routes.book import Change, read_change
from streams.stages.routes.record import InvalidRoute


class RouteCheck:
    """No output for a route that can be applied, a dead letter for one that workers ignore."""

    name = "routes"

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        """One outcome per record, in order."""
        return [_checked(record) for record in batch]


def _checked(record: Record) -> Outcome:
    try:
        read_change(Change(0, record.key, record.value))
    except InvalidRoute as error:
        return DeadLetter(Reason.INVALID_ROUTE, clip(str(error)), "InvalidRoute")
    return ()
