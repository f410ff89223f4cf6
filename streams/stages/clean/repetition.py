"""Furniture by repetition: a line that many articles of one source share is none of theirs.

Here is the side of the text: what the fingerprint log carries of an article's lines, and the cut
once the log has decided. `streams/stages/dedup/repeats.py` counts.
"""

import struct
from dataclasses import replace
from urllib.parse import urlsplit

import numpy as np
import xxhash
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.records import Article, Removed, RemovedReason
from streams.stages.clean import fields
from streams.stages.clean.cut import line_edits
from streams.stages.clean.edits import Edit, apply, composed, joined, single

U8 = NDArray[np.uint8]

HEAD_LINES = 4
TAIL_LINES = 8
LONGEST_LINE = 160
_FEWEST_LETTERS = 3
_HASH_START, _HASH_FACTOR = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_LOW_32, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_SPACE, _ZERO, _NINE, _NEWLINE, _ASCII = 32, 48, 57, 10, 128
_UPPER_A, _UPPER_Z, _LOWER_A, _LOWER_Z = 65, 90, 97, 122


def carried(article: Article) -> bytes | None:
    """What a log value carries: 4 bytes of the source's hash, 4 of each of at most 12 lines'.

    Little endian, the lines in order. None without a source (nor an address, whose host counts as
    one), or without short lines at the head or the tail.
    """
    source = article.source or (urlsplit(article.url).hostname if article.url else None)
    if not source:
        return None
    known = sorted({line for _, line in _edge_lines(article.text)})
    if not known:
        return None
    own = xxhash.xxh32_intdigest(source.lower().encode("utf-8", "surrogatepass"))
    return struct.pack(f"<{1 + len(known)}I", own, *known)


def without_repeated(article: Article, repeated: int) -> Article:
    """The article without the carried lines whose bit is set, the first line's the lowest.

    The article itself if nothing would be left of it.
    """
    edges = _edge_lines(article.text)
    known = sorted({line for _, line in edges})
    furniture = {line for bit, line in enumerate(known) if repeated >> bit & 1}
    lines = article.text.split("\n")
    reasons: list[RemovedReason | None] = [None] * len(lines)
    for number, line in edges:
        reasons[number] = "repeated" if line in furniture else None
    cuts = line_edits(lines, reasons)
    text = apply(article.text, cuts)
    return _replaced(article, text, cuts) if cuts and text.strip() else article


def _replaced(article: Article, text: str, cuts: list[Edit]) -> Article:
    before: list[Edit] = [(r.start, r.end, r.reason, r.replacement) for r in article.removed]
    edits = joined(composed(single(before), cuts))
    place, agency = article.place, article.agency
    if place is None and agency is None:
        place, agency = fields.dateline(text)
    return replace(
        article,
        text=text,
        place=place,
        agency=agency,
        removed=[Removed(start=s, end=e, reason=r, replacement=new) for s, e, r, new in edits],
    )


def _edge_lines(text: str) -> list[tuple[int, int]]:
    """Number and hash of the short lines at the head and the tail, at most 12."""
    lines = text.split("\n")
    edges = [number for number, line in enumerate(lines) if line]
    if len(edges) > HEAD_LINES + TAIL_LINES:
        edges = edges[:HEAD_LINES] + edges[-TAIL_LINES:]
    edges = [number for number in edges if len(lines[number]) <= LONGEST_LINE]
    joined_lines = "\n".join([lines[number] for number in edges])
    flat = np.frombuffer(joined_lines.encode("utf-8", "surrogatepass"), np.uint8)
    hashes = _hashes(flat, len(edges)).tolist() if edges else []
    return [(number, line) for number, line in zip(edges, hashes, strict=True) if line]


@compiled
def _hashes(flat: U8, count: int) -> NDArray[np.int64]:
    """Of the `count` lines of `flat`, 32 bits each; 0 for one that has no word."""
    found = np.zeros(count, np.int64)
    start = 0
    for line in range(count):
        end = start
        while end < len(flat) and flat[end] != _NEWLINE:
            end += 1
        found[line] = np.int64(_line_hash(flat[start:end]))
        start = end + 1
    return found


@compiled
def _line_hash(line: U8) -> np.uint64:
    """Of the line without case (of ASCII), numbers and runs of spaces."""
    value, before, letters = _HASH_START, _SPACE, 0
    for byte in line:
        now = int(np.int64(byte))
        if now <= _SPACE:
            now = _SPACE
        elif _ZERO <= now <= _NINE:
            now = _ZERO
        elif _UPPER_A <= now <= _UPPER_Z:
            now += _LOWER_A - _UPPER_A
        letters += _LOWER_A <= now <= _LOWER_Z or now >= _ASCII
        if now != before or now not in (_SPACE, _ZERO):
            value = (value ^ np.uint64(now)) * _HASH_FACTOR
        before = now
    if letters < _FEWEST_LETTERS:
        return np.uint64(0)
    return max((value ^ (value >> _HALF)) & _LOW_32, np.uint64(1))
