"""The value of a record on the fingerprint log: fixed binary layout, then optional sections.

The head is `HEAD` (little endian). After it come the sketch, the keys, then any number of
sections: tag (1 byte), length (2 bytes), content. A reader skips tags that it does not know, so a
section can be added without a new version; any other change of layout or of a hash is a new
version, and values of another version are skipped by every reader alike.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MAGIC = 0x574E
VERSION = 1
MAX_SKETCH = 96
MAX_KEYS = 48
MAX_BYTES = 1_000

HEAD = np.dtype(
    [
        ("magic", "<u2"),
        ("version", "u1"),
        ("flags", "u1"),
        ("article_id", "V16"),
        ("content", "<u8"),
        ("page", "<u8"),
        ("source", "<u4"),
        ("published", "<u4"),
        ("words", "<u4"),
        ("rate", "u1"),
        ("sketch", "u1"),
        ("keys", "u1"),
        ("spare", "u1"),
    ]
)
_KEY_BYTES = 8
_SECTION_HEAD = 3


@dataclass(slots=True)
class Fingerprint:
    """What the log says of one article.

    `content` hashes the normalised text; `page` hashes canonical URL and title (0: no URL);
    `published` is minutes since 1970 (0: unknown). `sketch` are the low 16 bits above `rate` of
    the sampled shingle hashes in text order: a shingle is sampled if its low `rate` bits are 0.
    `keys` are the smallest shingle hashes.
    """

    article_id: str
    content: int
    page: int
    source: int
    published: int
    words: int
    flags: int
    rate: int
    sketch: NDArray[np.uint16]
    keys: NDArray[np.uint64]
    sections: dict[int, bytes] = field(default_factory=dict)


def pack(fingerprint: Fingerprint) -> bytes:
    """The bytes of a log value."""
    head = np.zeros(1, HEAD)
    head["magic"], head["version"], head["flags"] = MAGIC, VERSION, fingerprint.flags
    head["article_id"] = np.void(bytes.fromhex(fingerprint.article_id))
    head["content"], head["page"] = fingerprint.content, fingerprint.page
    head["source"], head["published"] = fingerprint.source, fingerprint.published
    head["words"], head["rate"] = fingerprint.words, fingerprint.rate
    head["sketch"], head["keys"] = len(fingerprint.sketch), len(fingerprint.keys)
    sections = b"".join(
        bytes([tag]) + len(content).to_bytes(2, "little") + content
        for tag, content in sorted(fingerprint.sections.items())
    )
    sketch = fingerprint.sketch.astype("<u2").tobytes()
    return head.tobytes() + sketch + fingerprint.keys.astype("<u8").tobytes() + sections


def unpack(value: bytes) -> Fingerprint | None:
    """The fingerprint in a log value; None if it is not one of this version."""
    if len(value) < HEAD.itemsize:
        return None
    head = np.frombuffer(value, HEAD, 1)[0]
    end_sketch = HEAD.itemsize + 2 * int(head["sketch"])
    end_keys = end_sketch + _KEY_BYTES * int(head["keys"])
    if head["magic"] != MAGIC or head["version"] != VERSION or len(value) < end_keys:
        return None
    sections = _sections(value[end_keys:])
    if sections is None:
        return None
    return Fingerprint(
        article_id=head["article_id"].tobytes().hex(),
        content=int(head["content"]),
        page=int(head["page"]),
        source=int(head["source"]),
        published=int(head["published"]),
        words=int(head["words"]),
        flags=int(head["flags"]),
        rate=int(head["rate"]),
        sketch=np.frombuffer(value, "<u2", int(head["sketch"]), HEAD.itemsize),
        keys=np.frombuffer(value, "<u8", int(head["keys"]), end_sketch),
        sections=sections,
    )


def _sections(rest: bytes) -> dict[int, bytes] | None:
    sections: dict[int, bytes] = {}
    at = 0
    while at < len(rest):
        start = at + _SECTION_HEAD
        end = start + int.from_bytes(rest[at + 1 : start], "little")
        if start > len(rest) or end > len(rest):
            return None
        sections[rest[at]] = rest[start:end]
        at = end
    return sections
