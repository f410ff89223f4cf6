"""Furniture by repetition: a line that many articles of one source share is none of theirs.

Counted from the fingerprint log, the one order that all workers see. The counts of an epoch (a
fixed number of offsets) hold for the epoch after the next boundary, so that what holds for an
offset is a function of the log between two boundaries: the same for any worker and any replay.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

import xxhash

EPOCH_OFFSETS = 65_536
EPOCHS_HELD = 2
MOST_LINES = 500_000
LEAST_ARTICLES = 5
LEAST_SHARE = 0.25
HEAD_LINES = 4
TAIL_LINES = 8
LONGEST_LINE = 160
_DIGITS = re.compile(r"\d+")
_ALL = 0


class LineEvidence(Protocol):
    """What is known of a source's lines."""

    def is_furniture(self, source: str, line: str) -> bool:
        """Whether so many articles of the source have the line that it is none of theirs."""
        ...


def edge_lines(text: str) -> list[str]:
    """The short lines at the head and the tail, where furniture stands: at most 12."""
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    edges = lines if len(lines) <= HEAD_LINES + TAIL_LINES else lines[:HEAD_LINES]
    if edges is not lines:
        edges = edges + lines[-TAIL_LINES:]
    return [line for line in edges if len(line) <= LONGEST_LINE]


def line_hash(line: str) -> int:
    """32 bits, never 0, of the line without case, digits and runs of spaces."""
    plain = _DIGITS.sub("0", " ".join(line.casefold().split()))
    return xxhash.xxh32_intdigest(plain.encode("utf-8", "surrogatepass")) or 1


def source_hash(source: str) -> int:
    """32 bits of the source's name."""
    return xxhash.xxh32_intdigest(source.encode("utf-8", "surrogatepass"))


def carried(source: str | None, text: str) -> tuple[int, list[int]] | None:
    """What a log value carries of an article, 52 bytes at most; None without a source."""
    if not source:
        return None
    return source_hash(source), sorted({line_hash(line) for line in edge_lines(text)})


def _key(source: int, line: int) -> int:
    return source << 32 | line


class LineCounts:
    """Articles per source and line over the last complete epochs of the log.

    Memory is bounded: at most `MOST_LINES` lines an epoch; lines first seen after that are not
    counted in it. Give it each article once, at its first offset, in the order of the log.
    """

    def __init__(self, epoch_offsets: int = EPOCH_OFFSETS, most_lines: int = MOST_LINES) -> None:
        self._size, self._most = epoch_offsets, most_lines
        self._epoch = -1
        self._open: dict[int, int] = {}
        self._closed: list[dict[int, int]] = []

    def observe(self, offset: int, source: int, lines: Iterable[int]) -> None:
        """Count one article's carried lines at its offset; offsets never go back."""
        self.advance(offset)
        for line in (_ALL, *lines):
            key = _key(source, line)
            if key in self._open or len(self._open) < self._most:
                self._open[key] = self._open.get(key, 0) + 1

    def advance(self, offset: int) -> None:
        """Close the epochs that end before the offset."""
        epoch = offset // self._size
        for _ in range(min(epoch - self._epoch, EPOCHS_HELD + 1)):
            self._closed = [*self._closed, self._open][-EPOCHS_HELD:]
            self._open = {}
        self._epoch = max(epoch, self._epoch)

    def articles(self, source: int, lines: Sequence[int]) -> list[int]:
        """In how many articles of the source each line stood, over the closed epochs."""
        return [sum(held.get(_key(source, line), 0) for held in self._closed) for line in lines]

    def is_furniture(self, source: str, line: str) -> bool:
        """As `LineEvidence` has it: at least 5 articles and a quarter of the source's."""
        key = source_hash(source)
        found, every = self.articles(key, [line_hash(line), _ALL])
        return found >= LEAST_ARTICLES and found >= LEAST_SHARE * every
