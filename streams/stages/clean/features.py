"""What each line looks like on its own: counts of character classes and of page phrases."""

import numpy as np
from numpy.typing import NDArray

from streams.stages.clean import characters as ch
from streams.stages.clean.kernels import CLASSES, kernels
from streams.stages.clean.lexicon import KINDS, trie
from streams.stages.clean.lines import Lines, Reals

Columns = dict[str, Reals]
PROSE_WORDS = 8
LONG_PROSE_WORDS = 20
MOST_UPPER = 0.6


def own(lines: Lines) -> Columns:
    """Columns of shape (L,) by name; logarithms of counts, shares in 0..1, and flags."""
    table = np.zeros((len(lines.start), 2 * CLASSES), np.int64)
    keys = np.empty(len(lines.start), np.uint64)
    kernels().measure(lines.codes, lines.kind, lines.start, lines.end, table, keys)
    counts = table.T.astype(np.float64)
    return _words(lines, counts, keys) | _signs(lines, counts) | _phrases(lines)


def _words(lines: Lines, counts: Reals, keys: NDArray[np.uint64]) -> Columns:
    begun = counts[CLASSES:]
    words = begun.sum(0) + 0.5 * counts[ch.IDEOGRAPH]
    some, chars = np.maximum(words, 1.0), (lines.end - lines.start).astype(np.float64)
    upper = begun[ch.UPPER] / some
    ended = _ended(lines)
    long = (words >= PROSE_WORDS) & (ended | (words >= LONG_PROSE_WORDS))
    return {
        "words": np.log1p(words),
        "chars": np.log1p(chars),
        "word_length": np.log1p(chars / some),
        "single": (words <= 1).astype(np.float64),
        "ended": ended.astype(np.float64),
        "upper": upper,
        "lower": begun[ch.LOWER] / some,
        "digits": begun[ch.DIGIT] / some,
        "capitals": counts[ch.UPPER] / chars,
        "commas": counts[ch.COMMA] / some,
        "prose": np.where(long & (upper < MOST_UPPER), np.log1p(words), 0.0),
        "repeated": _repeated(lines, keys),
    }


def _ended(lines: Lines) -> NDArray[np.bool_]:
    """Whether the line ends as a sentence does, a closing quote or bracket allowed."""
    last = lines.kind[lines.end - 1]
    before = np.where(lines.end - lines.start > 1, lines.kind[lines.end - 2], ch.PLAIN)
    inside = (before == ch.END) | (before == ch.COMMA)
    ended: NDArray[np.bool_] = (last == ch.END) | ((last == ch.CLOSE) & inside)
    return ended


def _signs(lines: Lines, counts: Reals) -> Columns:
    kind = lines.kind
    last, before, first = kind[lines.end - 1], kind[lines.end - 2], kind[lines.start]
    flags = {
        "open": last == ch.COMMA,
        "cut": (last == ch.END) & (before == ch.END),
        "first_lower": first == ch.LOWER,
        "first_digit": first == ch.DIGIT,
        "first_other": (first == ch.SIGN) | (first == ch.PLAIN),
    }
    return {name: flag.astype(np.float64) for name, flag in flags.items()} | {
        "sentences": np.log1p(counts[ch.END]),
        "signs": np.log1p(counts[ch.SIGN]),
        "quotes": np.log1p(counts[ch.CLOSE] + counts[ch.QUOTE]),
    }


def _repeated(lines: Lines, keys: NDArray[np.uint64]) -> Reals:
    """1 where the same line stands in its text more than once."""
    of_text = lines.text_of.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93)
    _, which, count = np.unique(keys ^ of_text, return_inverse=True, return_counts=True)
    return (count[which] > 1).astype(np.float64)


def _phrases(lines: Lines) -> Columns:
    """How much of each line is page phrases, by kind, and whether it begins with one."""
    said = np.zeros((len(lines.start), len(KINDS)), np.int64)
    leads = np.empty(len(lines.start), np.int8)
    kernels().say(lines.codes, lines.kind, lines.start, lines.end, *trie(), said, leads)
    return _phrase_columns(lines, said.astype(np.float64), leads)


def _phrase_columns(lines: Lines, said: Reals, leads: NDArray[np.int8]) -> Columns:
    chars = (lines.end - lines.start).astype(np.float64)
    columns = {}
    for number, name in enumerate(KINDS):
        columns[f"says_{name}"] = said[:, number] / chars
        columns[f"hits_{name}"] = (said[:, number] > 0).astype(np.float64)
    return columns | {
        "says": said.sum(1) / chars,
        "starts_byline": (leads == list(KINDS).index("byline")).astype(np.float64),
        "starts_any": (leads >= 0).astype(np.float64),
    }
