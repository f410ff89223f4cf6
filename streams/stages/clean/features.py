"""What each line looks like on its own: counts of character classes and of page phrases."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from streams.stages.clean import characters as ch
from streams.stages.clean.lexicon import KINDS, automaton
from streams.stages.clean.lines import Ints, Lines, Reals

Columns = dict[str, Reals]
PROSE_WORDS = 8
LONG_PROSE_WORDS = 20
MOST_UPPER = 0.6


class _Counter:
    """Counts how many of some positions lie in each line."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def __call__(self, positions: Ints) -> Reals:
        after = np.searchsorted(positions, self._lines.end)
        return (after - np.searchsorted(positions, self._lines.start)).astype(np.float64)


def own(lines: Lines) -> Columns:
    """Columns of shape (L,) by name; logarithms of counts, shares in 0..1, and flags."""
    word = (lines.kind >= ch.UPPER) & (lines.kind <= ch.DIGIT)
    return _words(lines, word) | _signs(lines) | _phrases(lines, word)


def _words(lines: Lines, word: NDArray[np.bool_]) -> Columns:
    begins = word.copy()
    begins[1:] &= ~word[:-1]
    at = np.flatnonzero(begins)
    first, count = lines.kind[at], _Counter(lines)
    words = count(at) + 0.5 * count(np.flatnonzero(lines.kind == ch.IDEOGRAPH))
    some, chars = np.maximum(words, 1.0), (lines.end - lines.start).astype(np.float64)
    upper = count(at[first == ch.UPPER]) / some
    ended = _ended(lines)
    long = (words >= PROSE_WORDS) & (ended | (words >= LONG_PROSE_WORDS))
    return {
        "words": np.log1p(words),
        "chars": np.log1p(chars),
        "word_length": np.log1p(chars / some),
        "single": (words <= 1).astype(np.float64),
        "ended": ended.astype(np.float64),
        "upper": upper,
        "lower": count(at[first == ch.LOWER]) / some,
        "digits": count(at[first == ch.DIGIT]) / some,
        "capitals": count(np.flatnonzero(lines.kind == ch.UPPER)) / chars,
        "commas": count(np.flatnonzero(lines.kind == ch.COMMA)) / some,
        "prose": np.where(long & (upper < MOST_UPPER), np.log1p(words), 0.0),
        "repeated": _repeated(lines),
    }


def _ended(lines: Lines) -> NDArray[np.bool_]:
    """Whether the line ends as a sentence does, a closing quote or bracket allowed."""
    last = lines.kind[lines.end - 1]
    before = np.where(lines.end - lines.start > 1, lines.kind[lines.end - 2], ch.PLAIN)
    inside = (before == ch.END) | (before == ch.COMMA)
    ended: NDArray[np.bool_] = (last == ch.END) | ((last == ch.CLOSE) & inside)
    return ended


def _signs(lines: Lines) -> Columns:
    kind, count = lines.kind, _Counter(lines)
    last, before, first = kind[lines.end - 1], kind[lines.end - 2], kind[lines.start]
    flags = {
        "open": last == ch.COMMA,
        "cut": (last == ch.END) & (before == ch.END),
        "first_lower": first == ch.LOWER,
        "first_digit": first == ch.DIGIT,
        "first_other": (first == ch.SIGN) | (first == ch.PLAIN),
    }
    quotes = np.flatnonzero((kind == ch.CLOSE) | (kind == ch.QUOTE))
    return {name: flag.astype(np.float64) for name, flag in flags.items()} | {
        "sentences": np.log1p(count(np.flatnonzero(kind == ch.END))),
        "signs": np.log1p(count(np.flatnonzero(kind == ch.SIGN))),
        "quotes": np.log1p(count(quotes)),
    }


def _repeated(lines: Lines) -> Reals:
    """1 where the same line stands in its text more than once."""
    spans = zip(lines.text_of.tolist(), lines.start.tolist(), lines.end.tolist(), strict=True)
    keys = [(text, lines.joined[start:end]) for text, start, end in spans]
    seen = Counter(keys)
    if len(seen) == len(keys):
        return np.zeros(len(keys))
    return np.fromiter((seen[key] > 1 for key in keys), np.float64, len(keys))


def lowered(text: str) -> str:
    """`text` in lower case, with as many code points."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def _phrases(lines: Lines, word: NDArray[np.bool_]) -> Columns:
    """How much of each line is page phrases, by kind, and whether it begins with one."""
    finder, kind_of = automaton()
    found = finder.find_matches_as_indexes(lowered(lines.joined))
    which, start, end = np.array(found, np.int64).reshape(-1, 3).T
    whole = _stand_alone(lines.kind, word, start, end)
    which, start, end = which[whole], start[whole], end[whole]
    line = np.searchsorted(lines.start, start, "right") - 1
    kind = np.asarray(kind_of)[which]
    shape = (len(lines.start), len(KINDS))
    cell = line * len(KINDS) + kind
    said = np.bincount(cell, weights=end - start, minlength=shape[0] * shape[1])
    leads = start == lines.start[line]
    return _phrase_columns(lines, said.astype(np.float64).reshape(shape), line[leads], kind[leads])


def _stand_alone(
    kind: NDArray[np.uint8], word: NDArray[np.bool_], start: Ints, end: Ints
) -> NDArray[np.bool_]:
    """Whether each match is whole words; scripts without spaces between words need not be."""
    padded = np.append(word, False)
    opens = ~padded[start - 1] | ~padded[start]
    closes = ~padded[end] | ~padded[end - 1]
    unspaced = (kind[start] == ch.IDEOGRAPH) | (kind[start] == ch.LETTER)
    alone: NDArray[np.bool_] = (opens & closes) | unspaced
    return alone


def _phrase_columns(lines: Lines, said: Reals, leading: Ints, kind: Ints) -> Columns:
    chars = (lines.end - lines.start).astype(np.float64)
    columns = {}
    for number, name in enumerate(KINDS):
        columns[f"says_{name}"] = said[:, number] / chars
        columns[f"hits_{name}"] = (said[:, number] > 0).astype(np.float64)
    starts = np.zeros((2, len(chars)))
    starts[0, leading[kind == list(KINDS).index("byline")]] = 1
    starts[1, leading] = 1
    return columns | {
        "says": said.sum(1) / chars,
        "starts_byline": starts[0],
        "starts_any": starts[1],
    }
