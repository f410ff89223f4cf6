"""The index on local disk, so that a restart need not read the whole log again.

A folder holds one file per frozen generation and `manifest.json`, which is renamed into place
last. Frozen generations never change, so they are written beside the running index, each once, and
the log is read on from where they end: at most a generation's worth. Every file has a checksum. A
snapshot that is damaged, incomplete, of another log, version, model or window is ignored: the log
has everything.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import xxhash
from numpy.typing import NDArray

from streams.stages.dedup import postings
from streams.stages.dedup.generation import ENTRY, Generation, Stretch
from streams.stages.dedup.index import Index
from streams.stages.dedup.repeats import Counts

MANIFEST = "manifest.json"
LOCK = "lock"
FORMAT = 3

_TYPES: tuple[Any, ...] = (ENTRY, np.uint8, np.uint8, np.uint64, np.uint32)
"""Of the arrays of `Stretch`."""
_MORE_TYPES: tuple[Any, ...] = (np.uint16, np.uint64, np.int64)
"""Of `repeated`, and of `Counts` where there are some."""
_ALIGN = 64
_PIECE = 1 << 22
"""Bytes hashed or written at a time: other threads get their turn in between."""


class SnapshotError(Exception):
    """A snapshot that can't be used; the message says why."""


def save(generations: Sequence[Generation], identity: str, log: str, folder: Path) -> int:
    """Write frozen generations of an index of `identity`; returns the bytes written.

    The snapshot before stays valid until the end. Nothing is written while another process writes
    there, nor if what is there reaches as far in the same `log`.

    Raises:
        OSError: the disk is full or the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder) as mine:
        known = _known(folder, identity, log)
        if not mine or not generations or known["next_offset"] >= generations[-1].next_offset:
            return 0
        return _save(generations, identity, log, folder, known)


def reach(folder: Path, identity: str, log: str) -> tuple[int, int]:
    """Where the log is to be read on, and a hash (XXH3) of the value before that.

    Raises:
        SnapshotError: there is none for such an index and log; the message says why.
    """
    manifest = _usable(folder, identity, log)
    return manifest["next_offset"], manifest["generations"][-1]["last_value"]


def load(folder: Path, index: Index, log: str) -> None:
    """Fill a new `index`; the log is to be read on from `index.next_offset`.

    Raises:
        SnapshotError: it can't be used; the index stays empty.
    """
    manifest = _usable(folder, index.identity, log)
    try:
        index.resume([_read_generation(folder, g) for g in manifest["generations"]])
    except FileNotFoundError as error:
        raise SnapshotError("a file of it is missing") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"damaged: {error}") from error


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether we alone write here now; the lock ends with the process."""
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _known(folder: Path, identity: str, log: str) -> dict[str, Any]:
    """The manifest on disk if it is of the same index and log and its files are there."""
    with contextlib.suppress(OSError, SnapshotError):
        manifest = _usable(folder, identity, log)
        files = [(folder / g["file"], g["bytes"]) for g in manifest["generations"]]
        if all(path.stat().st_size == size for path, size in files):
            return manifest
    return {"next_offset": 0, "generations": []}


def _save(
    generations: Sequence[Generation], identity: str, log: str, folder: Path, known: dict[str, Any]
) -> int:
    written, described = 0, []
    before = {g["file"]: g for g in known["generations"]}
    for generation in generations:
        name = f"{generation.first_offset}-{generation.next_offset}.bin"
        if name not in before:
            before[name] = _write_generation(generation, folder, name)
            written += before[name]["bytes"]
        described.append(before[name])
    body = orjson.dumps(
        {
            "format": FORMAT,
            "identity": identity,
            "log": log,
            "next_offset": generations[-1].next_offset,
            "generations": described,
        }
    )
    _replace(folder / MANIFEST, xxhash.xxh3_128_hexdigest(body).encode() + b"\n" + body)
    _tidy(folder, {g["file"] for g in described})
    return written


def _usable(folder: Path, identity: str, log: str) -> dict[str, Any]:
    """The manifest of a snapshot of such an index and log."""
    try:
        digest, _, body = (folder / MANIFEST).read_bytes().partition(b"\n")
    except OSError as error:
        raise SnapshotError(f"none there ({type(error).__name__})") from error
    if digest.decode("ascii", "replace") != xxhash.xxh3_128_hexdigest(body):
        raise SnapshotError("damaged: the manifest's checksum is wrong")
    manifest: dict[str, Any] = orjson.loads(body)
    if manifest["format"] != FORMAT or manifest["identity"] != identity:
        raise SnapshotError("of another version, model or window")
    if manifest["log"] != log:
        raise SnapshotError(f"of another log, {manifest['log']}")
    return manifest


def _write_generation(generation: Generation, folder: Path, name: str) -> dict[str, Any]:
    parts, at, checksum = [], 0, xxhash.xxh3_128()
    temporary = folder / f"{name}.tmp"
    with temporary.open("wb") as file:
        for array in (*generation.arrays, generation.repeated, *(generation.counts or ())):
            data = array.reshape(-1).view(np.uint8).data
            parts.append([at, len(data)])
            for start in range(0, len(data), _PIECE):
                piece = data[start : start + _PIECE]
                checksum.update(piece)
                file.write(piece)
            at += len(data)
            padding = bytes(-at % _ALIGN)
            checksum.update(padding)
            at += file.write(padding)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / name)
    return {
        "file": name,
        "bytes": at,
        "checksum": checksum.hexdigest(),
        "offsets": [generation.first_offset, generation.next_offset],
        "last_value": generation.last_value,
        "used": generation.used.tolist(),
        "parts": parts,
    }


def _read_generation(folder: Path, described: dict[str, Any]) -> Generation:
    data = _read(folder / described["file"], described["bytes"])
    if xxhash.xxh3_128_hexdigest(data.data) != described["checksum"]:
        raise SnapshotError(f"the checksum of {described['file']} is wrong")
    parts = zip(described["parts"], (*_TYPES, *_MORE_TYPES), strict=False)
    arrays = [data[at : at + size].view(kind) for (at, size), kind in parts]
    stretch, (repeated, *counts) = arrays[: len(_TYPES)], arrays[len(_TYPES) :]
    first, end = described["offsets"]
    return Generation(
        0,
        first,
        Stretch._make(stretch),
        np.array(described["used"], np.int64),
        frozen=True,
        next_offset=end,
        last_value=described["last_value"],
        repeated=repeated,
        counts=Counts(counts[0].reshape(2, -1), counts[1]) if counts else None,
    )


def _read(path: Path, size: int) -> NDArray[np.uint8]:
    """The bytes of a file in memory that begins on a cache line."""
    if path.stat().st_size != size:
        raise SnapshotError(f"{path.name} has {path.stat().st_size} bytes")
    data = postings.aligned(size // np.uint64().itemsize).view(np.uint8)
    with path.open("rb") as file:
        file.readinto(data.data)
    return data


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _tidy(folder: Path, wanted: set[str]) -> None:
    for path in folder.iterdir():
        if path.suffix in {".bin", ".tmp"} and path.name not in wanted:
            path.unlink(missing_ok=True)
