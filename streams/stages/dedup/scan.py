"""The words of a text and what the log carries of them, in compiled loops over bytes.

Word hashes are XXH3 (64 bits, no seed; github.com/Cyan4973/xxHash, doc/xxhash_spec.md) for words
of up to `HASHED_BYTES` bytes. The functions call one another, so they share one file: a cache of
compiled code is renewed by its own file only.
"""

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Flags = NDArray[np.bool_]
Line = tuple[int, int, int, np.uint64]
"""One past the line, words and bytes joined so far, a hash of the line."""
Strings = tuple[U8, I64, I64, NDArray[np.bool_]]
"""Strings end to end, sorted; where each begins; the first of each first byte; [byte, byte]:
whether one begins so."""
Marks = tuple[Strings, Strings]
"""Marks of furniture in short lines; marks of credits, with which captions of any length end."""

NUMBER_CODES = 32
"""Codes below this are numbers."""
MAX_CODES = 600
MAX_KEYS = 32
KEY_WORDS = 4
HASHED_BYTES = 128
SMALL_BYTES = 4

_MIN_KEYS = 8
_WORDS_PER_KEY = 16
_FURNITURE_WORDS = 60
_CREDIT_BYTES = 60
_LINE_WORDS = 8
_SENTENCE_WORDS = 3
_LEAST_KEPT, _LEAST_SHARE = 25, 0.25
_SHORT_WORDS = 120

_SECRET = np.frombuffer(
    bytes.fromhex(
        "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
        "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
        "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
        "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    ),
    np.uint8,
)
_PRIME_1 = np.uint64(0x9E3779B185EBCA87)
_PRIME_2 = np.uint64(0xC2B2AE3D27D4EB4F)
_PRIME_3 = np.uint64(0x165667B19E3779F9)
_MX_1 = np.uint64(0x165667919E3779F9)
_MX_2 = np.uint64(0x9FB21C651E98DF25)
_LOW_32 = np.uint64(0xFFFFFFFF)
_KEY_MASK = np.uint64((1 << 48) - 1)
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64
)
_FNV_START, _FNV = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_ZERO, _ONE, _NO_WORD = np.uint64(0), np.uint64(1), np.uint64(2)
_SPACE, _NEWLINE = np.uint8(32), np.uint8(10)
_ZERO_DIGIT, _NINE, _ASCII = np.uint8(48), np.uint8(57), np.uint8(128)


def _bytes_of(characters: str, size: int) -> tuple[int, ...]:
    """The characters of `size` bytes in UTF-8, as numbers with the first byte highest."""
    encoded = (character.encode() for character in characters)
    return tuple(int.from_bytes(e, "big") for e in encoded if len(e) == size)


_WHITE = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
_SPACES_1 = np.isin(np.arange(256), _bytes_of(_WHITE, 1))
_SPACES_2, _SPACES_3 = _bytes_of(_WHITE, 2), _bytes_of(_WHITE, 3)
_ENDS = ".!?…:;\"”'’)]"  # noqa: RUF001 - typographic quotes end sentences
_ENDS_1, _ENDS_3 = _bytes_of(_ENDS, 1), _bytes_of(_ENDS, 3)


@compiled
def read(data: U8, at: int, size: int) -> np.uint64:
    """`size` bytes (at most 8) as a little-endian number."""
    # Unsigned places: no look for negative ones, so that eight loads become one.
    value, first = _ZERO, np.uint64(at)
    for place in range(np.uint64(size)):
        value |= np.uint64(data[first + place]) << (np.uint64(8) * place)
    return value


@compiled
def _folded(left: np.uint64, right: np.uint64) -> np.uint64:
    """The halves of the 128-bit product, one over the other."""
    half = np.uint64(32)
    low_low = (left & _LOW_32) * (right & _LOW_32)
    high_low = (left >> half) * (right & _LOW_32)
    low_high = (left & _LOW_32) * (right >> half)
    high_high = (left >> half) * (right >> half)
    cross = (low_low >> half) + (high_low & _LOW_32) + low_high
    upper = (high_low >> half) + (cross >> half) + high_high
    return upper ^ ((cross << half) | (low_low & _LOW_32))


@compiled
def _spread(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(37))) * _MX_1
    return value ^ (value >> np.uint64(32))


@compiled
def _mixed(data: U8, at: int, secret: int) -> np.uint64:
    return _folded(
        read(data, at, 8) ^ read(_SECRET, secret, 8),
        read(data, at + 8, 8) ^ read(_SECRET, secret + 8, 8),
    )


@compiled
def hashed(data: U8, start: int, end: int) -> np.uint64:
    """XXH3 of 1 to `HASHED_BYTES` bytes."""
    size = end - start
    length = np.uint64(size)
    if size < 4:  # noqa: PLR2004 - the bounds are those of the algorithm
        value = read(data, end - 1, 1) | (length << np.uint64(8))
        value |= read(data, start, 1) << np.uint64(16)
        value |= read(data, start + size // 2, 1) << np.uint64(24)
        value ^= read(_SECRET, 0, 4) ^ read(_SECRET, 4, 4)
        value = (value ^ (value >> np.uint64(33))) * _PRIME_2
        value = (value ^ (value >> np.uint64(29))) * _PRIME_3
        return value ^ (value >> np.uint64(32))
    if size <= 8:  # noqa: PLR2004
        value = read(data, end - 4, 4) + (read(data, start, 4) << np.uint64(32))
        value ^= read(_SECRET, 8, 8) ^ read(_SECRET, 16, 8)
        turned = (value << np.uint64(49)) | (value >> np.uint64(15))
        value ^= turned ^ ((value << np.uint64(24)) | (value >> np.uint64(40)))
        value *= _MX_2
        value ^= (value >> np.uint64(35)) + length
        value *= _MX_2
        return value ^ (value >> np.uint64(28))
    if size <= 16:  # noqa: PLR2004
        low = read(data, start, 8) ^ read(_SECRET, 24, 8) ^ read(_SECRET, 32, 8)
        high = read(data, end - 8, 8) ^ read(_SECRET, 40, 8) ^ read(_SECRET, 48, 8)
        swapped = _ZERO
        for place in range(8):
            swapped |= ((low >> np.uint64(8 * place)) & np.uint64(255)) << np.uint64(56 - 8 * place)
        return _spread(length + swapped + high + _folded(low, high))
    value = length * _PRIME_1
    for pair in range((size - 1) // 32, -1, -1):
        value += _mixed(data, start + 16 * pair, 32 * pair)
        value += _mixed(data, end - 16 * (pair + 1), 32 * pair + 16)
    return _spread(value)


@compiled
def content_hash(data: U8, start: int, end: int) -> np.uint64:
    """The hash of a content word, its lowest bit set for a number; 0 for a small word.

    Of a word over `HASHED_BYTES` bytes only so many count.
    """
    number = _ZERO_DIGIT <= data[start] <= _NINE
    if end - start < SMALL_BYTES and not number:
        highest = data[start]
        for at in range(start, end):
            highest = max(highest, data[at])
        if highest < _ASCII:
            return _ZERO
    value = (hashed(data, start, min(end, start + HASHED_BYTES)) >> _ONE) << _ONE
    if number:
        return value | _ONE
    return value or _NO_WORD


@compiled
def _character(raw: U8, start: int, end: int) -> int:
    """The last bytes of raw[start:end], three at most, as one number: a character of UTF-8."""
    value = 0
    for at in range(max(start, end - 3), end):
        value = (value << 8) | raw[at]
    return value


@compiled
def _trimmed(raw: U8, start: int, end: int) -> int:
    """The end of a line of UTF-8 without its white space."""
    while end > start:
        last = _character(raw, start, end)
        if _SPACES_1[last & 0xFF]:
            end -= 1
        elif last & 0xFFFF in _SPACES_2:
            end -= 2
        elif last in _SPACES_3:
            end -= 3
        else:
            return end
    return end


@compiled
def _ends_sentence(raw: U8, start: int, end: int) -> bool:
    last = _character(raw, start, _trimmed(raw, start, end))
    return last & 0xFF in _ENDS_1 or last in _ENDS_3


@compiled
def _has_mark(raw: U8, start: int, end: int, strings: Strings) -> bool:
    """Whether one of the strings stands in raw[start:end]."""
    text, begins, by_first, by_two = strings
    for at in range(np.uint64(start), np.uint64(max(end - 1, start))):
        first = raw[at]
        if not by_two[first, raw[at + _ONE]]:
            continue
        for mark in range(by_first[first], by_first[first + 1]):
            size, place = begins[mark + 1] - begins[mark], 1
            if np.int64(at) + size > end:
                continue
            while place < size and raw[np.int64(at) + place] == text[begins[mark] + place]:
                place += 1
            if place == size:
                return True
    return False


@compiled
def _is_new(seen: U64, value: np.uint64) -> bool:
    """Whether `value` was not in the set `seen` (open addressing, 0 is free) yet; now it is."""
    value = max(value, _ONE)
    at = value & np.uint64(len(seen) - 1)
    while seen[at] != _ZERO:
        if seen[at] == value:
            return False
        at = (at + _ONE) & np.uint64(len(seen) - 1)
    seen[at] = value
    return True


@compiled
def _take_line(split: U8, at: int, hashes: U64, joined: U8, taken: tuple[int, int]) -> Line:
    """The words of the line at `at`, put after those `taken` (words, bytes joined)."""
    words, size = taken
    identity = _FNV_START
    while at < len(split) and split[at] != _NEWLINE:
        if split[at] <= _SPACE:
            at += 1
            continue
        start = at
        while at < len(split) and split[at] > _SPACE:
            joined[size] = split[at]
            identity = (identity ^ np.uint64(split[at])) * _FNV
            size, at = size + 1, at + 1
        joined[size] = _SPACE
        identity = (identity ^ np.uint64(_SPACE)) * _FNV
        hashes[words] = content_hash(split, start, at)
        size, words = size + 1, words + 1
    return at + 1, words, size, identity


@compiled
def _may_be_story(raw: U8, start: int, end: int, words: int, marks: Marks) -> bool:
    if words < _LINE_WORDS and not (words >= _SENTENCE_WORDS and _ends_sentence(raw, start, end)):
        return False
    if words < _FURNITURE_WORDS:
        return not _has_mark(raw, start, end, marks[0])
    return not _has_mark(raw, max(start, end - _CREDIT_BYTES), end, marks[1])


@compiled
def _line_end(data: U8, at: int) -> int:
    while at < len(data) and data[at] != _NEWLINE:
        at += 1
    return at


@compiled
def _story(hashes: U64, first_word: I64, is_story: Flags) -> tuple[U64, int]:
    """The content words of the story's lines, and how many words the lines have."""
    kept, count, story = np.empty(len(hashes), np.uint64), 0, 0
    for line in range(len(is_story)):
        if is_story[line]:
            story += first_word[line + 1] - first_word[line]
            for word in range(first_word[line], first_word[line + 1]):
                if hashes[word] != _ZERO:
                    kept[count] = hashes[word]
                    count += 1
    return kept[:count], story


@compiled
def scan(split: U8, raw: U8, marks: Marks) -> tuple[U8, U64, int]:
    """All words of a text joined by spaces, its story's content hashes, its story's words.

    `split` has the words with white space between, `raw` the text in lower case, in the same lines.
    For the rules of a story see words.py.
    """
    hashes, joined = np.empty(len(split) // 2 + 1, np.uint64), np.empty(len(split) + 1, np.uint8)
    lines = 1 + (split == _NEWLINE).sum()
    first_word, is_story = np.zeros(lines + 1, np.int64), np.zeros(lines, np.bool_)
    seen = np.zeros(1 << (2 + int(np.log2(lines))), np.uint64)
    words, size, at, start, story = 0, 0, 0, 0, 0
    for line in range(lines):
        before = words
        at, words, size, identity = _take_line(split, at, hashes, joined, (words, size))
        first_word[line + 1], end = words, _line_end(raw, start)
        if _may_be_story(raw, start, end, words - before, marks) and _is_new(seen, identity):
            is_story[line] = True
            story += words - before
        start = end + 1
    if words < _SHORT_WORDS or story < max(float(_LEAST_KEPT), _LEAST_SHARE * words):
        is_story[:] = True
    kept, story = _story(hashes[:words], first_word, is_story)
    return joined[: max(size - 1, 0)], kept, story


@compiled
def _codes(hashes: U64) -> U8:
    """A byte per word: numbers below `NUMBER_CODES`, words above."""
    codes = np.empty(len(hashes), np.uint8)
    for place, value in enumerate(hashes):
        spread = (value >> np.uint64(40)) & np.uint64(0xFFFF)
        if value & _ONE:
            codes[place] = spread % np.uint64(NUMBER_CODES)
        else:
            share = (spread * np.uint64(256 - NUMBER_CODES)) >> np.uint64(16)
            codes[place] = np.uint64(NUMBER_CODES) + share
    return codes


@compiled
def _highest(codes: U8) -> int:
    """The highest code to keep so that `MAX_CODES` or fewer are left; -1: keep none."""
    if len(codes) <= MAX_CODES:
        return 255
    count = np.zeros(256, np.int64)
    for code in codes:
        count[code] += 1
    kept = 0
    for code in range(256):
        kept += count[code]
        if kept > MAX_CODES:
            return code - 1
    return 255


@compiled
def _run(hashes: U64, place: int) -> np.uint64:
    """The hash of `KEY_WORDS` words from `place` on, zeros after the end (splitmix64's finish)."""
    value = _ZERO
    for word in range(min(KEY_WORDS, len(hashes) - place)):
        value += hashes[place + word] * _ODD[word]
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def _keys(hashes: U64) -> U64:
    """The lowest hashes of the runs of words: texts that share runs share keys.

    The number of keys grows with the text, so that a short text inside a long one shares some.
    """
    runs = len(hashes) - KEY_WORDS + 1 if len(hashes) >= KEY_WORDS else len(hashes)
    wanted = min(MAX_KEYS, max(_MIN_KEYS, runs // _WORDS_PER_KEY))
    lowest, count = np.empty(wanted + 1, np.uint64), 0
    for place in range(runs):
        value = _run(hashes, place)
        if count == wanted and value >= lowest[count - 1]:
            continue
        at = count
        while at > 0 and lowest[at - 1] > value:
            at -= 1
        if at > 0 and lowest[at - 1] == value:
            continue
        for later in range(count, at, -1):
            lowest[later] = lowest[later - 1]
        lowest[at] = value
        count = min(count + 1, wanted)
    return lowest[:count] & _KEY_MASK


@compiled
def sketched(hashes: U64) -> tuple[int, U8, U64]:
    """The highest code kept, the codes (at most `MAX_CODES`), the keys in rising order."""
    codes = _codes(hashes)
    highest = _highest(codes)
    kept = codes if highest == 255 else codes[codes <= highest]  # noqa: PLR2004
    return max(highest, 0), kept, _keys(hashes)
