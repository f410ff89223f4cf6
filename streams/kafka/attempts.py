"""Which offsets were in hand when a worker process died: a small file, one per process.

A record that kills its worker kills it again after every restart. So the ranges in hand are
noted in a file before work begins; a file whose process is gone (its lock is free) tells the
next worker on this machine which offsets to take one at a time, and how often they were in
hand at a death. At `DEATHS` the record goes to the DLQ untried (`killed_worker`).
No fsync: the file must survive the process, not the machine.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from faust.types import TP

from streams import metrics

DEATHS = 2
"""Deaths with the record in hand; the attempt after them is not made."""
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suspect:
    """Offsets `first <= offset < end` were in hand at `deaths` deaths."""

    first: int
    end: int
    deaths: int


class Attempts:
    """The file of this process and what the files of dead processes said.

    Args:
        folder: shared by the workers of this machine and group.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._suspects: dict[TP, list[Suspect]] = {}
        self._in_hand: dict[tuple[TP, int], Suspect] = {}
        self._file = _locked(folder / f"in-hand-{os.getpid()}.json", "w")
        self._folder = folder

    def absorb(self, assigned: Iterable[TP]) -> None:
        """Take over what the files of dead processes say of partitions that are ours now."""
        mine = set(assigned)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for path in self._folder.glob("in-hand-*.json"):
                if path.name != f"in-hand-{os.getpid()}.json":
                    self._absorb(path, mine)

    def deaths(self, tp: TP, offset: int) -> int:
        """At how many deaths the record was in hand, as far as this machine knows."""
        return max(
            (s.deaths for s in self._suspects.get(tp, ()) if s.first <= offset < s.end), default=0
        )

    def suspicious(self, tp: TP, first: int, end: int) -> bool:
        """Whether any offset of the range was in hand at a death."""
        return any(s.first < end and first < s.end for s in self._suspects.get(tp, ()))

    def begin(self, spans: Iterable[tuple[TP, int, int]]) -> None:
        """The ranges (partition, first, end) are taken in hand."""
        for tp, first, end in spans:
            deaths = self.deaths(tp, first) if end == first + 1 else 0
            self._in_hand[tp, first] = Suspect(first, end, deaths)
        self._write()

    def end(self, spans: Iterable[tuple[TP, int, int]]) -> None:
        """The ranges were survived."""
        for tp, first, _ in spans:
            self._in_hand.pop((tp, first), None)
        self._write()

    def clear(self, tp: TP, below: int) -> None:
        """Everything below is committed: nobody will see it again."""
        kept = [s for s in self._suspects.get(tp, ()) if s.end > below]
        if tp in self._suspects:
            self._suspects[tp] = kept

    def close(self) -> None:
        """An orderly end: nothing was in hand."""
        Path(self._file.name).unlink(missing_ok=True)
        self._file.close()

    def _write(self) -> None:
        entries = [[*tp, s.first, s.end, s.deaths] for (tp, _), s in self._in_hand.items()]
        _rewrite(self._file, entries)

    def _absorb(self, path: Path, mine: set[TP]) -> None:
        try:
            file = _locked(path, "r+")
        except (BlockingIOError, FileNotFoundError):
            return
        with file:
            entries = _read(file)
            for topic, partition, first, end, deaths in entries:
                if (tp := TP(topic, partition)) in mine:
                    suspect = Suspect(first, end, deaths + 1)
                    self._suspects.setdefault(tp, []).append(suspect)
                    metrics.SUSPECTS.inc(end - first)
            left = [entry for entry in entries if TP(entry[0], entry[1]) not in mine]
            if left:
                _rewrite(file, left)
            else:
                path.unlink(missing_ok=True)


def _rewrite(file: IO[str], entries: Sequence[Sequence[object]]) -> None:
    # One write over the old content: only the first line counts, and a reader sees it whole.
    os.pwrite(file.fileno(), json.dumps(entries).encode() + b"\n", 0)


def _read(file: IO[str]) -> list[tuple[str, int, int, int, int]]:
    try:
        return [(str(e[0]), *map(int, e[1:5])) for e in json.loads(file.readline() or "[]")]  # type: ignore[misc]
    except (ValueError, IndexError, TypeError):
        return []


def _locked(path: Path, mode: str) -> IO[str]:
    file: IO[str] = path.open(mode, encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    return file
