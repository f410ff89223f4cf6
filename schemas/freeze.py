"""`python -m schemas.freeze`: keep the working schemas as the released ones.

A schema that breaks its released version is refused; nothing is written then.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from schemas import FOLDER, RELEASED, SUFFIX, accepted, load, names
from schemas.compatibility import breaking_changes


def problems(folder: Path = FOLDER, released: Path = RELEASED) -> Iterator[str]:
    """Every breaking change of a schema in `folder` against its copy in `released`."""
    working = names(folder)
    for name in names(released):
        if name not in working:
            yield f"{name}: a released version is gone"
            continue
        before, after = load(name, released), load(name, folder)
        found = breaking_changes(before, after, accepted=accepted(name))
        yield from (f"{name} {problem}" for problem in found)


def freeze(folder: Path = FOLDER, released: Path = RELEASED) -> list[str]:
    """Copy the working schemas into `released`, or write nothing and return the problems."""
    found = list(problems(folder, released))
    if not found:
        released.mkdir(exist_ok=True)
        for name in names(folder):
            shutil.copyfile(folder / f"{name}{SUFFIX}", released / f"{name}{SUFFIX}")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(freeze()) or 0)
