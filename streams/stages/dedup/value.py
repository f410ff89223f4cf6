"""The value of a record on the fingerprint log: fixed binary layout, then optional sections.

The head is `HEAD` (little endian). After it come the codes (1 byte each), the keys (6 bytes
each), then any number of sections: tag (1 byte), length (2 bytes), content. A reader skips tags
that it does not know, so a section can be added without a new version; any other change of layout
or of a hash is a new version, and values of another version are skipped by every reader alike.
"""

import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MAGIC = 0x574E
VERSION = 1
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
        ("codes", "<u2"),
        ("keys", "u1"),
        ("highest", "u1"),
    ]
)
HEAD_BYTES = HEAD.itemsize
_HEAD = struct.Struct("<HBB16sQQIIIHBB")
KEY_BYTES = 6
_SECTION_HEAD = 3


@dataclass(slots=True)
class Fingerprint:
    """What the log says of one article.

    `content` hashes the normalised text; `page` hashes canonical URL and title (0: no URL);
    `published` is minutes since 1970 (0: unknown); `words` counts the story's words. `codes` are
    one byte per content word of the story in text order, those above `highest` left out. `keys`
    are 48-bit hashes of sampled runs of content words.
    """

    article_id: str
    content: int
    page: int
    source: int
    published: int
    words: int
    flags: int
    highest: int
    codes: NDArray[np.uint8]
    keys: NDArray[np.uint64]
    sections: dict[int, bytes] = field(default_factory=dict)


def pack(fingerprint: Fingerprint) -> bytes:
    """The bytes of a log value."""
    head = _HEAD.pack(
        MAGIC,
        VERSION,
        fingerprint.flags,
        bytes.fromhex(fingerprint.article_id),
        fingerprint.content,
        fingerprint.page,
        fingerprint.source,
        fingerprint.published,
        fingerprint.words,
        len(fingerprint.codes),
        len(fingerprint.keys),
        fingerprint.highest,
    )
    keys = fingerprint.keys.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :KEY_BYTES]
    return b"".join(
        (
            head,
            fingerprint.codes.tobytes(),
            keys.tobytes(),
            *map(_section, sorted(fingerprint.sections.items())),
        )
    )


def unpack(value: bytes) -> Fingerprint | None:
    """The fingerprint in a log value; None if it is not a whole one of this version."""
    if not readable(value):
        return None
    head = np.frombuffer(value, HEAD, 1)[0]
    codes_end = HEAD_BYTES + int(head["codes"])
    keys_end = codes_end + KEY_BYTES * int(head["keys"])
    return Fingerprint(
        article_id=head["article_id"].tobytes().hex(),
        content=int(head["content"]),
        page=int(head["page"]),
        source=int(head["source"]),
        published=int(head["published"]),
        words=int(head["words"]),
        flags=int(head["flags"]),
        highest=int(head["highest"]),
        codes=np.frombuffer(value, np.uint8, int(head["codes"]), HEAD_BYTES),
        keys=unpack_keys(value[codes_end:keys_end]),
        sections=dict(_sections(value, keys_end) or ()),
    )


def readable(value: bytes) -> bool:
    """Whether `value` is a whole log value of this version."""
    if not HEAD_BYTES <= len(value) <= MAX_BYTES or value[:3] != _START:
        return False
    codes = int.from_bytes(value[_CODES_AT : _CODES_AT + 2], "little")
    keys_end = HEAD_BYTES + codes + KEY_BYTES * value[_CODES_AT + 2]
    if len(value) == keys_end:
        return True
    return len(value) > keys_end and _sections(value, keys_end) is not None


def unpack_keys(packed: bytes) -> NDArray[np.uint64]:
    """The keys in their packed form, 6 bytes each, as 64-bit numbers."""
    wide = np.zeros((len(packed) // KEY_BYTES, 8), np.uint8)
    wide[:, :KEY_BYTES] = np.frombuffer(packed, np.uint8).reshape(-1, KEY_BYTES)
    return wide.view("<u8").reshape(-1)


_START = MAGIC.to_bytes(2, "little") + bytes([VERSION])
_CODES_AT = HEAD.fields["codes"][1] if HEAD.fields else 0


def _section(tagged: tuple[int, bytes]) -> bytes:
    tag, content = tagged
    return bytes([tag]) + len(content).to_bytes(2, "little") + content


def _sections(value: bytes, at: int) -> list[tuple[int, bytes]] | None:
    sections = []
    while at < len(value):
        start = at + _SECTION_HEAD
        end = start + int.from_bytes(value[at + 1 : start], "little")
        if start > len(value) or end > len(value):
            return None
        sections.append((value[at], value[start:end]))
        at = end
    return sections
