"""The tokeniser's loops over code points, in machine code; `tokens.py` states what a token is.

Each text is scanned by itself, so that a batch changes nothing. All arrays are flat: `codes` are
the code points of all texts end to end, `bounds` (D + 1,) where each text starts in them, and
`flags[code]` what a character is (the constants below, OR-ed).
"""

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.text.search import first_not_below

Codes = NDArray[np.uint32]
Flags = NDArray[np.uint16]
Ints = NDArray[np.int32]
SPACE, WORD, DIGIT, LETTER, APOSTROPHE, LOWER, UPPER, RULE, STOP, CLOSING = (
    1 << bit for bit in range(10)
)
ASCII_LETTER = LOWER | UPPER
"""LETTER is WORD (the regular expressions' `\\w`) or a mark; LOWER and UPPER are ASCII letters."""
DOT, COMMA, COLON, SLASH, UNDERSCORE, LINE_END = map(ord, ".,:/_\n")
LETTER_P, LETTER_S = map(ord, "ps")
HTT, WWW, COLON_SLASHES = (104, 116, 116), (119, 119, 119), (58, 47, 47)
COM, ORG, NET = (99, 111, 109), (111, 114, 103), (110, 101, 116)
BITS = 8
LONGEST_SHORT = 4
"""Letters of the longest abbreviation."""


@compiled
def _run(codes: Codes, at: int, stop: int, flags: Flags, wanted: int) -> int:
    """Where the run of `wanted` characters from `at` ends."""
    while at < stop and flags[codes[at]] & wanted:
        at += 1
    return at


@compiled
def _three(codes: Codes, at: int, stop: int, letters: tuple[int, int, int]) -> bool:
    """Whether these three characters stand at `at`."""
    return (
        at + 3 <= stop
        and codes[at] == letters[0]
        and codes[at + 1] == letters[1]
        and codes[at + 2] == letters[2]
    )


@compiled
def _is_word(codes: Codes, at: int, stop: int, flags: Flags) -> bool:
    return at < stop and flags[codes[at]] & WORD != 0


@compiled
def packed(codes: Codes, at: int, stop: int) -> int:
    """Up to four letters as one number."""
    number = 0
    for n in range(at, stop):
        number = (number << BITS) | (int(codes[n]) & 255)
    return number


@compiled
def _contains(numbers: NDArray[np.int64], number: int) -> bool:
    place = first_not_below(numbers, 0, numbers.size, number)
    return place < numbers.size and numbers[place] == number


@compiled
def _address(codes: Codes, at: int, stop: int, flags: Flags) -> int:
    """Where the web address that starts at `at` ends; `at` if there is none."""
    start = 0
    if _three(codes, at, stop, HTT) and at + 4 < stop and codes[at + 3] == LETTER_P:
        colon = at + 5 if codes[at + 4] == LETTER_S else at + 4
        if _three(codes, colon, stop, COLON_SLASHES):
            start = colon + 3
    elif _three(codes, at, stop, WWW) and at + 3 < stop and codes[at + 3] == DOT:
        start = at + 4
    end = at
    if start:
        n = start
        while n < stop and not flags[codes[n]] & SPACE:
            if codes[n] == SLASH or flags[codes[n]] & WORD:
                end = n + 1
            n += 1
    return end


@compiled
def _initials(codes: Codes, at: int, stop: int, flags: Flags) -> int:
    """Where `U.S.` ends: two or more single letters with full stops; `at` if there are none."""
    end, count = at, 0
    while end + 1 < stop and codes[end + 1] == DOT:
        kind = flags[codes[end]]
        if not kind & WORD or kind & DIGIT or codes[end] == UNDERSCORE:
            break
        end += 2
        count += 1
    return end if count > 1 else at


@compiled
def _number(codes: Codes, at: int, stop: int, flags: Flags) -> int:
    end = _run(codes, at, stop, flags, DIGIT)
    while end + 1 < stop and (codes[end] == DOT or codes[end] == COMMA or codes[end] == COLON):
        if not flags[codes[end + 1]] & DIGIT:
            break
        end = _run(codes, end + 1, stop, flags, DIGIT)
    return _run(codes, end, stop, flags, LETTER)


@compiled
def _joins(codes: Codes, at: int, stop: int, flags: Flags) -> bool:
    """Whether the sign at `at` joins what follows to the word before it (`O'Brien`, `a.b`)."""
    after = at + 1
    if after >= stop:
        return False
    if flags[codes[at]] & APOSTROPHE:
        possessive = codes[after] == LETTER_S and not _is_word(codes, after + 1, stop, flags)
        return flags[codes[after]] & LETTER != 0 and not possessive
    if codes[at] != DOT or not flags[codes[after]] & LOWER:
        return False
    domain = (
        _three(codes, after, stop, COM)
        or _three(codes, after, stop, ORG)
        or _three(codes, after, stop, NET)
    )
    return not (domain and _is_word(codes, after + 3, stop, flags))


@compiled
def _word(codes: Codes, at: int, stop: int, flags: Flags) -> int:
    end = _run(codes, at, stop, flags, LETTER)
    while end < stop and _joins(codes, end, stop, flags):
        end = _run(codes, end + 1, stop, flags, LETTER)
    return end


@compiled
def _abbreviated(
    codes: Codes, at: int, letters: int, stop: int, flags: Flags, short: NDArray[np.int64]
) -> bool:
    """Whether the letters before the full stop at `letters` are written with it."""
    listed = letters - at <= LONGEST_SHORT and _contains(short, packed(codes, at, letters))
    if listed and not _is_word(codes, letters + 1, stop, flags):
        return True
    if letters - at > 1 or not flags[codes[at]] & UPPER:
        return False
    after = _run(codes, letters + 1, stop, flags, SPACE)
    return after > letters + 1 and _is_word(codes, after, stop, flags)


@compiled
def _spelled(codes: Codes, at: int, stop: int, flags: Flags, short: NDArray[np.int64]) -> int:
    """Where the piece that starts with an ASCII letter ends."""
    letters = _run(codes, at + 1, stop, flags, ASCII_LETTER)
    if letters < stop and (codes[letters] == COMMA or flags[codes[letters]] & SPACE):
        return letters
    end = _address(codes, at, stop, flags)
    if end == at:
        end = _initials(codes, at, stop, flags)
    if end > at:
        return end
    dotted = letters < stop and codes[letters] == DOT
    if dotted and _abbreviated(codes, at, letters, stop, flags, short):
        return letters + 1
    return _word(codes, at, stop, flags)


@compiled
def _possessive(codes: Codes, at: int, stop: int, flags: Flags) -> bool:
    """Whether the apostrophe at `at` and an `s` are a token of their own."""
    after = at + 1
    return after < stop and codes[after] == LETTER_S and not _is_word(codes, at + 2, stop, flags)


@compiled
def _sign(codes: Codes, at: int, stop: int, flags: Flags) -> int:
    """Where the run of full stops or of rules ends; other signs stand alone."""
    end = at + 1
    if codes[at] == DOT:
        while end < stop and codes[end] == DOT:
            end += 1
    elif flags[codes[at]] & RULE:
        end = _run(codes, end, stop, flags, RULE)
    return end


@compiled
def _piece(codes: Codes, at: int, stop: int, flags: Flags, short: NDArray[np.int64]) -> int:
    """Where the piece (token or white space) that starts at `at` ends."""
    kind = flags[codes[at]]
    if kind & ASCII_LETTER:
        return _spelled(codes, at, stop, flags, short)
    if kind & SPACE:
        return _run(codes, at, stop, flags, SPACE)
    end = _initials(codes, at, stop, flags)
    if end == at:
        if kind & DIGIT:
            end = _number(codes, at, stop, flags)
        elif kind & APOSTROPHE and _possessive(codes, at, stop, flags):
            end = at + 2
        elif kind & LETTER:
            end = _word(codes, at, stop, flags)
        else:
            end = _sign(codes, at, stop, flags)
    return end


@compiled
def _stops(codes: Codes, at: int, end: int, flags: Flags) -> bool:
    """Whether the piece ends a sentence by itself: one stop, or two or three full stops."""
    if end - at == 1:
        return bool(flags[codes[at]] & STOP)
    return codes[at] == DOT and codes[end - 1] == DOT and end - at <= 3  # noqa: PLR2004


@compiled
def _unfinished(
    codes: Codes, at: int, end: int, flags: Flags, unfinished: NDArray[np.int64]
) -> bool:
    if end - at > LONGEST_SHORT:
        return False
    for n in range(at, end):
        if not flags[codes[n]] & ASCII_LETTER:
            return False
    return _contains(unfinished, packed(codes, at, end))


@compiled
def _has_line_end(codes: Codes, at: int, end: int) -> bool:
    while at < end and codes[at] != LINE_END:
        at += 1
    return at < end


@compiled
def scan(
    codes: Codes,
    bounds: NDArray[np.int64],
    flags: Flags,
    short: NDArray[np.int64],
    unfinished: NDArray[np.int64],
) -> tuple[Ints, Ints, Ints, Ints]:
    """Start and end of every token in `codes`, tokens before each text (D + 1,), sentence bounds.

    A sentence ends at a line end, or at a stop (with up to two closing signs) before white space,
    unless an abbreviation or a single capital stands before the stop. `short` and `unfinished`
    are sorted `packed` abbreviations.
    """
    start, end = np.empty(codes.size, np.int32), np.empty(codes.size, np.int32)
    sentence = np.empty(codes.size + 1, np.int32)
    doc = np.zeros(bounds.size, np.int32)
    count, sentences = 0, 0
    for text in range(bounds.size - 1):
        at, stop = bounds[text], bounds[text + 1]
        ended, opens = True, False  # `opens`: the piece before is an abbreviation or capital
        opens_before_space = False
        stop0, stop1, stop2 = False, False, False
        while at < stop:
            after = _piece(codes, at, stop, flags, short)
            space = flags[codes[at]] & SPACE != 0
            if ended and (sentences == 0 or sentence[sentences - 1] != count):
                sentence[sentences] = count
                sentences += 1
            if space:
                ended = stop2 or _has_line_end(codes, at, after)
                opens_before_space, opens = opens, False
                stop0, stop1, stop2 = False, False, False
            else:
                closing = after - at == 1 and flags[codes[at]] & CLOSING != 0
                ends = _stops(codes, at, after, flags) and not (opens or opens_before_space)
                stop2 = ends or (closing and (stop0 or stop1))
                stop1 = ends or (closing and stop0)
                stop0 = ends
                opens_before_space = False
                opens = _unfinished(codes, at, after, flags, unfinished)
                start[count], end[count] = at, after
                count += 1
                ended = False
            at = after
        doc[text + 1] = count
    if sentences == 0 or sentence[sentences - 1] != count:
        sentence[sentences] = count
        sentences += 1
    return start[:count].copy(), end[:count].copy(), doc, sentence[:sentences].copy()


@compiled
def _hash(codes: Codes, at: int, end: int) -> np.uint64:
    value = np.uint64(end - at)
    for n in range(at, end):
        value = (value ^ np.uint64(codes[n])) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(29)
    return value


@compiled
def _equal(codes: Codes, one: int, other: int, size: int) -> bool:
    n = 0
    while n < size and codes[one + n] == codes[other + n]:
        n += 1
    return n == size


@compiled
def number_words(codes: Codes, start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Per token the number of its form, and per form its first token; forms in order of these."""
    size = 64
    while size < 2 * start.size:
        size *= 2
    slots = np.full(size, -1, np.int32)
    ids = np.empty(start.size, np.int32)
    first = np.empty(start.size, np.int32)
    known = 0
    mask = np.uint64(size - 1)
    for token in range(start.size):
        at, length = start[token], end[token] - start[token]
        slot = _hash(codes, at, end[token]) & mask
        while True:
            number = slots[slot]
            if number < 0:
                slots[slot] = number = known
                first[known] = token
                known += 1
                break
            other = first[number]
            if end[other] - start[other] == length and _equal(codes, start[other], at, length):
                break
            slot = (slot + np.uint64(1)) & mask
        ids[token] = number
    return ids, first[:known].copy()
