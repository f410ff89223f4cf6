"""The sample articles and the table in their README, read the same way by all tests."""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import orjson

FOLDER = Path(__file__).parent / "samples"
_ID = re.compile(rb'"id": ?"([\w-]+)"')


@dataclass(frozen=True)
class Expected:
    """A row of the README's table; `name` is `file record`."""

    name: str
    becomes: str
    of: str
    how: str


@dataclass(frozen=True)
class Sample:
    """A record as `newswire run` reads it: `name` as in the table."""

    name: str
    value: bytes


def table() -> list[Expected]:
    """The rows of the README's table, in order."""
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    return [
        Expected(f"{file} {record}", becomes, of, how)
        for file, record, _, becomes, of, how in rows[2:]
    ]


def samples() -> list[Sample]:
    """Every sample record in the order in which `newswire run` reads the folder."""
    files = sorted(path for path in FOLDER.iterdir() if path.suffix != ".md")
    return [sample for path in files for sample in _records(path)]


def _records(path: Path) -> list[Sample]:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if ".txt" in path.suffixes:
        return [Sample(f"{path.name} 1", data)]
    lines = enumerate(data.splitlines(), 1)
    return [_from_line(path.name, number, line) for number, line in lines]


def _from_line(file: str, number: int, line: bytes) -> Sample:
    named = _ID.search(line)
    name = named[1].decode() if named else str(number)
    return Sample(f"{file} {name}", orjson.loads(line).encode() if line[:1] == b'"' else line)
