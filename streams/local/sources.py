"""Inputs as a stream of raw records: files, folders, standard input; `.jsonl`, `.txt`, `.gz`.

A `.txt` file is one article. A line of `.jsonl` is a JSON object (kept byte for byte) or a JSON
string (its content is a bare-text article); anything else is passed on as it is, for the
pipeline to refuse. Blank lines are not records. Standard input is read as `.jsonl`.
"""

import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import orjson

from streams.stages.contract import Record

SUFFIXES = (".jsonl", ".txt", ".jsonl.gz", ".txt.gz")
STANDARD_INPUT = "-"


class InputError(ValueError):
    """An input that can't be used; the message names it."""


@dataclass(slots=True, frozen=True)
class Sourced:
    """A raw record and where it stood (`file:line`)."""

    record: Record
    origin: str


@dataclass(slots=True)
class Sources:
    """The inputs in order; iterating reads them lazily and counts what went wrong.

    `read_bytes` grows to `total_bytes` (0 if standard input is among them); `failed` holds a
    line per file that broke off.
    """

    paths: Sequence[str]
    total_bytes: int = 0
    read_bytes: int = 0
    failed: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Sourced]:
        """Every record of every input."""
        for path in self.paths:
            before = self.read_bytes
            try:
                yield from self._records(path, before)
            except (OSError, EOFError, zlib.error) as error:
                self.failed.append(f"{path}: {error}")
            if path != STANDARD_INPUT:
                self.read_bytes = before + _size(path)

    def _records(self, path: str, before: int) -> Iterator[Sourced]:
        with _opened(path) as (text, raw):
            for number, value in enumerate(_values(path, text), 1):
                self.read_bytes = before + (raw.tell() if raw.seekable() else 0)
                yield Sourced(Record(value), f"{path}:{number}")


def find(inputs: Sequence[str]) -> Sources:
    """The files named by `inputs`; folders are walked in sorted order.

    Raises:
        InputError: an input is missing, unreadable, of an unknown suffix, or an empty folder.
    """
    paths = [path for name in inputs for path in _expanded(name)]
    total = 0 if STANDARD_INPUT in paths else sum(_size(path) for path in paths)
    return Sources(paths, total)


def _expanded(name: str) -> list[str]:
    if name == STANDARD_INPUT:
        return [name]
    path = Path(name)
    if path.is_dir():
        found = sorted(str(p) for p in path.rglob("*") if p.is_file() and _known(p))
        if not found:
            raise InputError(f"{name}: no {', '.join(SUFFIXES)} in this folder")
        return found
    if not path.exists():
        raise InputError(f"{name}: no such file or folder")
    if not _known(path):
        raise InputError(f"{name}: not one of {', '.join(SUFFIXES)}")
    return [name]


def _known(path: Path) -> bool:
    return path.name.endswith(SUFFIXES)


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


@contextmanager
def _opened(path: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer, sys.stdin.buffer
        return
    with Path(path).open("rb") as raw:
        if path.endswith(".gz"):
            with gzip.GzipFile(fileobj=raw) as text:
                yield text, raw  # type: ignore[misc]
        else:
            yield raw, raw


def _values(path: str, text: IO[bytes]) -> Iterator[bytes]:
    if path.endswith((".txt", ".txt.gz")):
        yield text.read()
        return
    for line in text:
        if stripped := line.strip():
            yield _line_value(stripped)


def _line_value(line: bytes) -> bytes:
    if not line.startswith(b'"'):
        return line
    try:
        content = orjson.loads(line)
    except ValueError:
        return line
    return str(content).encode()
