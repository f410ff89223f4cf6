"""The value of a record on the fingerprint log: fixed binary layout, then optional sections.

The head is `HEAD` (little endian). After it come the codes (1 byte each), the keys (6 bytes
each), then any number of sections: tag (1 byte), length (2 bytes), content. A reader skips tags
that it does not know, so a section can be added without a new version; any other change of layout
or of a hash is a new version, and values of another version are skipped by every reader alike.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.stages.dedup.scan import read

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
_START = MAGIC | VERSION << 16
_FIELDS = {name: int(HEAD.fields[name][1]) for name in HEAD.names or () if HEAD.fields}
_FLAGS_AT, _HIGHEST_AT = _FIELDS["flags"], _FIELDS["highest"]
_ID_AT, _CONTENT_AT, _PAGE_AT = _FIELDS["article_id"], _FIELDS["content"], _FIELDS["page"]
_WORDS_AT, _CODES_AT, _KEYS_AT = _FIELDS["words"], _FIELDS["codes"], _FIELDS["keys"]
_KEY_MASK = np.uint64((1 << 48) - 1)
_PAGE = np.uint64(0x9E3779B97F4A)

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Parts = tuple[U64, U64, I64, U8, U8, I64, I64, U64, I64, I64, I64]


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
        sections=dict(_sections(value, keys_end)),
    )


def readable(value: bytes) -> bool:
    """Whether `value` is a whole log value of this version."""
    return bool(_whole(np.frombuffer(bytearray(value), np.uint8), 0, len(value)))


def unpack_keys(packed: bytes) -> NDArray[np.uint64]:
    """The keys in their packed form, 6 bytes each, as 64-bit numbers."""
    wide = np.zeros((len(packed) // KEY_BYTES, 8), np.uint8)
    wide[:, :KEY_BYTES] = np.frombuffer(packed, np.uint8).reshape(-1, KEY_BYTES)
    return wide.view("<u8").reshape(-1)


class Batch(NamedTuple):
    """Readable log values taken apart: arrays (N,), and end to end where a value has several.

    `ids` (N, 2) are the halves of the article ids. `codes_at` and `end` (one past
    the value) are places in `flat`. `keys` has
    for each value its keys, then one for its words and one for its page, if it has one;
    `first_key` (N + 1,) is where they begin. `arrival` is the log's clock in ms.
    """

    flat: U8
    ids: U64
    content: U64
    words: I64
    flags: U8
    highest: U8
    codes_at: I64
    codes: I64
    keys: U64
    first_key: I64
    arrival: I64
    end: I64


def value_hash(value: bytes) -> int:
    """By which a snapshot knows the log value it ends with again (XXH3, 64 bits)."""
    return xxhash.xxh3_64_intdigest(value)


def take_apart(
    values: Sequence[bytes], arrivals_ms: Sequence[int], clock: int
) -> tuple[Batch, I64]:
    """The readable ones of log values, and which those are.

    The clock is the latest arrival so far, `clock` before the first value.
    """
    begins = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(value) for value in values], out=begins[1:])
    flat = np.frombuffer(bytearray().join(values), np.uint8)
    parts, good = _taken_apart(flat, begins, np.array(arrivals_ms, np.int64), clock)
    return Batch(flat, *parts), good


@compiled
def _taken_apart(flat: U8, begins: I64, arrivals: I64, before: int) -> tuple[Parts, I64]:
    good, keys = np.empty(len(arrivals), np.int64), 0
    count = 0
    for number in range(len(arrivals)):
        if _whole(flat, begins[number], begins[number + 1]):
            good[count] = number
            keys += flat[begins[number] + _KEYS_AT] + 2
            count += 1
    good = good[:count]
    ids, content = np.empty((count, 2), np.uint64), np.empty(count, np.uint64)
    words, codes_at, codes = np.empty(count, np.int64), np.empty(count, np.int64), good.copy()
    flags, highest = np.empty(count, np.uint8), np.empty(count, np.uint8)
    all_keys, first_key = np.empty(keys, np.uint64), np.zeros(count + 1, np.int64)
    arrival, ends, last = np.empty(count, np.int64), np.empty(count, np.int64), 0
    clock: np.int64 = np.int64(before)
    for i, taken in enumerate(good):
        at = begins[taken]
        flags[i], highest[i] = flat[at + _FLAGS_AT], flat[at + _HIGHEST_AT]
        ids[i, 0], ids[i, 1] = read(flat, at + _ID_AT, 8), read(flat, at + _ID_AT + 8, 8)
        content[i], page = read(flat, at + _CONTENT_AT, 8), read(flat, at + _PAGE_AT, 8)
        words[i], codes[i] = read(flat, at + _WORDS_AT, 4), read(flat, at + _CODES_AT, 2)
        codes_at[i] = at + HEAD_BYTES
        for place in range(flat[at + _KEYS_AT]):
            all_keys[last] = read(flat, codes_at[i] + codes[i] + KEY_BYTES * place, KEY_BYTES)
            last += 1
        all_keys[last] = content[i] & _KEY_MASK
        last += 1
        if page:
            all_keys[last] = (page ^ _PAGE) & _KEY_MASK
            last += 1
        clock = max(clock, arrivals[taken])
        first_key[i + 1], arrival[i], ends[i] = last, clock, begins[taken + 1]
    parts = ids, content, words, flags, highest, codes_at, codes, all_keys[:last], first_key
    return (*parts, arrival, ends), good


@compiled
def _whole(flat: U8, start: int, end: int) -> bool:
    """Whether flat[start:end] is a whole log value of this version."""
    if not HEAD_BYTES <= end - start <= MAX_BYTES or read(flat, start, 3) != _START:
        return False
    at = start + HEAD_BYTES + read(flat, start + _CODES_AT, 2)
    at += KEY_BYTES * flat[start + _KEYS_AT]
    while at + _SECTION_HEAD <= end:
        at += _SECTION_HEAD + read(flat, at + 1, 2)
    return bool(at == end)


@compiled
def section(batch: Batch, i: int, tag: int) -> tuple[int, int]:
    """Where in `flat` the first section with a tag begins in a value, and its bytes: 0 if none."""
    start = batch.codes_at[i] - HEAD_BYTES
    at = batch.codes_at[i] + batch.codes[i] + KEY_BYTES * np.int64(batch.flat[start + _KEYS_AT])
    while at < batch.end[i]:
        size = int(np.int64(read(batch.flat, at + 1, 2)))
        if batch.flat[at] == tag:
            return int(at) + _SECTION_HEAD, size
        at += _SECTION_HEAD + size
    return int(at), 0


def _section(tagged: tuple[int, bytes]) -> bytes:
    tag, content = tagged
    return bytes([tag]) + len(content).to_bytes(2, "little") + content


def _sections(value: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at < len(value):
        start = at + _SECTION_HEAD
        end = start + int.from_bytes(value[at + 1 : start], "little")
        yield value[at], value[start:end]
        at = end
