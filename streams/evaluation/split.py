"""The split of every evaluation set into a tuning and a check part, by document id."""

import os
from hashlib import blake2b
from pathlib import Path


def is_check(document_id: str) -> bool:
    """Whether the document belongs to the check part (about half); never tune on those."""
    return blake2b(document_id.encode(), digest_size=1).digest()[0] % 2 == 1


def shared_data() -> Path:
    """The folder of evaluation data: NEWSWIRE_SHARED_DATA, else ../shared/data.

    Raises:
        FileNotFoundError: it is not there; the message says how to point at it.
    """
    folder = Path(os.environ.get("NEWSWIRE_SHARED_DATA", "../shared/data"))
    if not folder.is_dir():
        raise FileNotFoundError(f"no evaluation data at {folder}: set NEWSWIRE_SHARED_DATA")
    return folder
