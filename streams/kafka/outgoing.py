"""What goes out for a batch: emissions under their names on the broker, with tracing headers."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from streams.headers import APPENDED, ORIGIN, coordinates
from streams.kafka.ledger import FetchedBatch
from streams.stages.contract import DeadLetter, Headers, Outcome


class Outgoing(msgspec.Struct, gc=False, frozen=True):
    """A record to send. Made once a message: a struct costs a fifth of a frozen dataclass."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


class Parcel(NamedTuple):
    """The outgoing records of a batch and, at the same places, the numbers of their inputs."""

    numbers: list[int]
    records: list[Outgoing]


def parcel(batch: FetchedBatch, outcomes: Sequence[Outcome], prefix: str, *, raw: bool) -> Parcel:
    """Every emission with the raw coordinates and time that it came from.

    Args:
        batch: what the outcomes were made from.
        outcomes: one per record of the batch; dead letters are left out.
        prefix: stands before topic names on the broker.
        raw: the batch is of the raw topic: its own coordinates count, not handed-on headers.
    """
    made = Parcel([], [])
    times: dict[int, bytes] = {}
    for number, (record, outcome) in enumerate(zip(batch.records, outcomes, strict=True)):
        if isinstance(outcome, DeadLetter) or not outcome:
            continue
        handed_on = dict(record.headers) if record.headers and not raw else {}
        origin = handed_on.get(ORIGIN) or coordinates(*batch.tp, record.offset)
        time = record.timestamp
        appended = handed_on.get(APPENDED) or times.get(time)
        if appended is None:
            appended = times[time] = b"%d" % time
        traces = (ORIGIN, origin), (APPENDED, appended)
        for e in outcome:
            headers = (*e.headers, *traces) if e.headers else traces
            made.numbers.append(number)
            made.records.append(Outgoing(prefix + e.topic, e.key, e.value, headers))
    return made


def appended(headers: Headers) -> bytes | None:
    """The time header of a record that a worker sent; the last holds."""
    return dict(headers).get(APPENDED) if headers else None
