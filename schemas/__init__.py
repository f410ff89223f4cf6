"""The contracts of our records: JSON Schema 2020-12, one file per record and version."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RELEASED = FOLDER / "released"
EXAMPLES = FOLDER / "examples"
SUFFIX = ".schema.json"
ACCEPTED = frozenset({"raw", "route"})

Schema = dict[str, Any]


def names(folder: Path = FOLDER) -> list[str]:
    """Name and version of every schema in the folder, as `article.v1`, sorted."""
    return sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}"))


def load(name: str, folder: Path = FOLDER) -> Schema:
    """The schema `name`, as `article.v1`.

    Raises:
        FileNotFoundError: there is none of that name and version.
    """
    found: Schema = json.loads((folder / f"{name}{SUFFIX}").read_text(encoding="utf-8"))
    return found


def accepted(name: str) -> bool:
    """Whether others write records of this schema and we read them (else the reverse)."""
    return name.partition(".")[0] in ACCEPTED
