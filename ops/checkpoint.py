"""How far a replay has come, in a file that survives kill -9."""

import os
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson


class CheckpointError(ValueError):
    """The file is of another replay, or not one of ours."""


@dataclass(slots=True, kw_only=True)
class Checkpoint:
    """Ends and next offsets by partition (of a file: partition 0, lines); counts so far."""

    source: str
    target: str
    selection: str
    replay_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    ends: dict[int, int] = field(default_factory=dict)
    following: dict[int, int] = field(default_factory=dict)
    read: int = 0
    sent: int = 0
    done: bool = False


def load(path: Path, wanted: Checkpoint) -> Checkpoint:
    """The checkpoint in the file, or `wanted` if there is no file.

    Raises:
        CheckpointError: it was made with another source, target or selection.
    """
    if not path.exists():
        return wanted
    try:
        content = orjson.loads(path.read_bytes())
        for name in ("ends", "following"):
            content[name] = {int(key): value for key, value in content[name].items()}
        found = Checkpoint(**content)
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{path} is no checkpoint: {error}") from None
    for name in ("source", "target", "selection"):
        if getattr(found, name) != getattr(wanted, name):
            raise CheckpointError(f"{path} belongs to another replay: its {name} differs")
    return found


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write it so that a reader finds the old or the new one, never half of it."""
    scratch = path.with_name(path.name + ".new")
    with scratch.open("wb") as file:
        file.write(orjson.dumps(asdict(checkpoint), option=orjson.OPT_NON_STR_KEYS))
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
