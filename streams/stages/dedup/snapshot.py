"""The index on local disk, so that a restart need not read the whole log again.

A folder holds one file per generation and `manifest.json`, which is renamed into place last. Every
file has a checksum. A snapshot that is damaged, incomplete, of another version, model or window is
ignored: the log has everything. A frozen generation is written once.
"""

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import xxhash
from numpy.typing import NDArray

from streams.stages.dedup.arrays import Growing
from streams.stages.dedup.generation import ENTRY, Generation
from streams.stages.dedup.index import Index
from streams.stages.dedup.postings import WAYS, Postings

MANIFEST = "manifest.json"
FORMAT = 1

_PARTS: dict[str, Any] = {
    "entries": ENTRY,
    "codes": np.uint8,
    "answers": np.uint8,
    "slots": np.uint64,
    "replay": np.uint64,
    "replay_entry": np.uint32,
}
_ALIGN = 64


class SnapshotError(Exception):
    """A snapshot that can't be used; the message says why."""


def save(index: Index, folder: Path) -> int:
    """Write the index; returns the bytes written. The snapshot before stays valid until the end.

    Raises:
        OSError: the disk is full or the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written, described = 0, []
    for generation in index.generations:
        name = f"{generation.base}-{generation.end}.bin"
        known = _described(folder, name) if generation.frozen else None
        if known is None:
            known, size = _write_generation(generation, folder, name)
            written += size
        described.append(known)
    body = orjson.dumps(
        {
            "format": FORMAT,
            "identity": index.identity,
            "next_offset": index.next_offset,
            "clock": index.clock,
            "generations": described,
        }
    )
    _replace(folder / MANIFEST, _digest(body).encode() + b"\n" + body)
    _tidy(folder, {g["file"] for g in described})
    return written


def load(folder: Path, index: Index) -> str:
    """Fill a new `index` from the folder; "" if that worked, else why it stays empty."""
    try:
        manifest = _manifest(folder)
        if manifest["format"] != FORMAT or manifest["identity"] != index.identity:
            return "of another version, model or window"
        described = manifest["generations"]
        generations = [_read_generation(folder, g, last=g is described[-1]) for g in described]
    except FileNotFoundError:
        return "no snapshot, or a file of it is missing"
    except (OSError, ValueError, KeyError, TypeError, SnapshotError) as error:
        return f"damaged: {error}"
    index.generations = generations
    index.next_offset, index.clock = manifest["next_offset"], manifest["clock"]
    return ""


def _manifest(folder: Path) -> dict[str, Any]:
    digest, _, body = (folder / MANIFEST).read_bytes().partition(b"\n")
    if digest.decode("ascii", "replace") != _digest(body):
        raise SnapshotError("the manifest's checksum is wrong")
    manifest: dict[str, Any] = orjson.loads(body)
    return manifest


def _described(folder: Path, name: str) -> dict[str, Any] | None:
    """What the manifest on disk says of a generation's file, if both are there."""
    with contextlib.suppress(OSError, ValueError, KeyError, SnapshotError):
        for described in _manifest(folder)["generations"]:
            if described["file"] == name and (folder / name).stat().st_size == described["bytes"]:
                return dict(described)
    return None


def _write_generation(
    generation: Generation, folder: Path, name: str
) -> tuple[dict[str, Any], int]:
    replay, replay_entry = generation.sorted_replay()
    arrays: dict[str, NDArray[Any]] = {
        "entries": generation.entries.filled,
        "codes": generation.codes.filled,
        "answers": generation.answers.filled,
        "slots": generation.postings.slots.reshape(-1),
        "replay": replay,
        "replay_entry": replay_entry,
    }
    parts, at, checksum = {}, 0, xxhash.xxh3_128()
    temporary = folder / f"{name}.tmp"
    with temporary.open("wb") as file:
        for part, array in arrays.items():
            data = np.ascontiguousarray(array).view(np.uint8).data
            padding = bytes(-len(data) % _ALIGN)
            for piece in (data, padding):
                file.write(piece)
                checksum.update(piece)
            parts[part] = [at, len(data)]
            at += len(data) + len(padding)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / name)
    described = {
        "file": name,
        "bytes": at,
        "checksum": checksum.hexdigest(),
        "base": generation.base,
        "keys": generation.postings.keys,
        "frozen": generation.frozen,
        "parts": parts,
    }
    return described, at


def _read_generation(folder: Path, described: dict[str, Any], *, last: bool) -> Generation:
    data = np.fromfile(folder / described["file"], np.uint8)
    if len(data) != described["bytes"] or _digest(data.data) != described["checksum"]:
        raise SnapshotError(f"the checksum of {described['file']} is wrong")
    arrays = {
        part: data[at : at + size].view(_PARTS[part])
        for part, (at, size) in described["parts"].items()
    }
    generation = Generation(
        described["base"],
        Growing(ENTRY, arrays["entries"]),
        Growing(np.uint8, arrays["codes"]),
        Growing(np.uint8, arrays["answers"]),
        Postings(arrays["slots"].reshape(-1, WAYS), described["keys"]),
        frozen=described["frozen"],
    )
    if generation.frozen == last:
        raise SnapshotError("only the last generation takes inserts")
    if last:
        pairs = zip(arrays["replay"].tolist(), arrays["replay_entry"].tolist(), strict=True)
        generation.recent = dict(pairs)
    else:
        generation.replay, generation.replay_entry = arrays["replay"], arrays["replay_entry"]
    return generation


def _digest(data: bytes | memoryview) -> str:
    return xxhash.xxh3_128_hexdigest(data)


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
