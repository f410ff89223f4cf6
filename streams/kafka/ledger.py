"""What was fetched, what is in hand, and up to where offsets may be committed."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from aiokafka import ConsumerRecord
from faust.types import TP


class State(Enum):
    """Of a batch: waiting in a queue, being worked on, all outputs acknowledged, given up."""

    QUEUED = "queued"
    IN_HAND = "in hand"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(slots=True, eq=False)
class FetchedBatch:
    """Records fetched from one partition in one piece, in offset order, never empty."""

    tp: TP
    records: list[ConsumerRecord]
    size: int
    state: State = field(default=State.QUEUED)
    held: bool = False
    """The breaker holds it: a rebalance need not wait for it."""

    @property
    def first(self) -> int:
        """The offset of the first record."""
        return int(self.records[0].offset)

    @property
    def end(self) -> int:
        """The offset to commit when all is done: that of the last record plus one."""
        return int(self.records[-1].offset) + 1

    @property
    def alive(self) -> bool:
        """False when the partition was given up: the work is another worker's now."""
        return self.state is not State.DROPPED


@dataclass(slots=True)
class _Partition:
    batches: deque[FetchedBatch] = field(default_factory=deque)
    done: int | None = None
    committed: int | None = None


class Ledger:
    """The batches of every partition in the order of their fetch.

    `committable` never passes a batch that is not done, whatever was done after it, and only
    `committed` moves the committed offset, so a failed commit is simply tried again. Gaps
    between offsets don't matter: only the ends of batches are looked at.
    """

    def __init__(self) -> None:
        self._partitions: dict[TP, _Partition] = {}
        self.size = 0

    def add(self, batch: FetchedBatch) -> None:
        """A batch was fetched."""
        self._partitions.setdefault(batch.tp, _Partition()).batches.append(batch)
        self.size += batch.size

    def begin(self, batch: FetchedBatch) -> bool:
        """An agent takes the batch; False if it was dropped meanwhile."""
        if batch.state is State.QUEUED:
            batch.state = State.IN_HAND
        return batch.alive

    def finish(self, batch: FetchedBatch) -> None:
        """Every output of the batch is acknowledged."""
        if batch.state in {State.DONE, State.DROPPED}:
            return
        batch.state = State.DONE
        self.size -= batch.size
        partition = self._partitions[batch.tp]
        while partition.batches and partition.batches[0].state is State.DONE:
            partition.done = partition.batches.popleft().end

    def committable(self, assigned: Iterable[TP]) -> dict[TP, int]:
        """Per assigned partition the offset that may be committed and is not yet."""
        known = ((tp, self._partitions.get(tp)) for tp in assigned)
        return {tp: p.done for tp, p in known if p and p.done is not None and p.done != p.committed}

    def committed(self, offsets: Mapping[TP, int]) -> None:
        """The coordinator has confirmed these offsets."""
        for tp, offset in offsets.items():
            if tp in self._partitions:
                self._partitions[tp].committed = offset

    def position(self, tp: TP) -> int | None:
        """The offset up to which the partition is done, as far as known."""
        partition = self._partitions.get(tp)
        if partition is None:
            return None
        if partition.done is None and partition.batches:
            return partition.batches[0].first
        return partition.done

    def outstanding(self, tp: TP) -> int:
        """Batches of the partition that are fetched and not done."""
        partition = self._partitions.get(tp)
        return len(partition.batches) if partition else 0

    def in_hand(self) -> list[FetchedBatch]:
        """The batches that agents work on, without those that a breaker holds."""
        batches = (b for p in self._partitions.values() for b in p.batches)
        return [b for b in batches if b.state is State.IN_HAND and not b.held]

    def drop_idle(self) -> None:
        """Forget the batches that no agent has begun, and those that a breaker holds."""
        for partition in self._partitions.values():
            for batch in [b for b in partition.batches if b.held or b.state is State.QUEUED]:
                batch.state = State.DROPPED
                self.size -= batch.size
                partition.batches.remove(batch)

    def clear(self) -> None:
        """The partitions are given up: nothing of them may be committed or finished any more."""
        for partition in self._partitions.values():
            for batch in partition.batches:
                batch.state = State.DROPPED
        self._partitions.clear()
        self.size = 0


def split(tp: TP, records: list[ConsumerRecord], max_bytes: int) -> list[FetchedBatch]:
    """Batches of at most `max_bytes` of values; a larger record is a batch alone."""
    batches: list[FetchedBatch] = []
    start = size = 0
    for position, record in enumerate(records):
        length = len(record.value or b"") + len(record.key or b"")
        if position > start and size + length > max_bytes:
            batches.append(FetchedBatch(tp, records[start:position], size))
            start, size = position, 0
        size += length
    if start < len(records):
        batches.append(FetchedBatch(tp, records[start:], size))
    return batches
