"""How much each line of a page is about what its title and its prose are about."""

import re
from collections import Counter

import numpy as np

from streams.stages.clean.features import Columns
from streams.stages.clean.lines import Lines, Reals

_WORD = re.compile(r"\w+")
_SEPARATOR = re.compile(r"\s[|–—:»·•-]\s")  # noqa: RUF001 - dashes as they stand in titles
_LONG = 3
_RICH = 6
_OFTEN = 3
_SAME = 0.6
_FAR = 99
NAMES = (
    "title_share", "title_cover", "since_title", "until_title", "cohesion", "title_words", "theme",
)  # fmt: skip


def about(lines: Lines) -> Columns:
    """Columns of shape (L,) by name. The first line counts as the page's title."""
    table = np.zeros((len(NAMES), len(lines.start)))
    for first, after in zip(lines.doc[:-1].tolist(), lines.doc[1:].tolist(), strict=True):
        if first < after:
            texts = [lines.content(line).lower() for line in range(first, after)]
            table[:, first:after] = _one(texts)
    return dict(zip(NAMES, table, strict=True))


def _one(texts: list[str]) -> Reals:
    words = [set(_WORD.findall(text)) for text in texts]
    title = {word for word in _WORD.findall(_SEPARATOR.split(texts[0])[0]) if len(word) >= _LONG}
    table = np.zeros((len(NAMES), len(texts)))
    long = [{word for word in line if len(word) > _LONG} for line in words]
    used = Counter(word for line in long if len(line) >= _RICH for word in line)
    for at, (line, rich) in enumerate(zip(words, long, strict=True)):
        named = {word for word in line if len(word) >= _LONG}
        if named and title:
            shared = len(named & title)
            table[0, at], table[1, at] = shared / len(named), shared / len(title)
        if rich:
            table[4:, at] = _cohesion(rich, used, title)
    table[2:4] = _distances((table[0] >= _SAME) & (table[1] >= _SAME), len(title))
    return table


def _cohesion(rich: set[str], used: Counter[str], title: set[str]) -> tuple[float, float, float]:
    itself = int(len(rich) >= _RICH)
    others = [used[word] - itself for word in rich]
    size = len(rich)
    again = sum(count >= 1 for count in others) / size
    return again, len(rich & title) / size, sum(count >= _OFTEN for count in others) / size


def _distances(same: Reals, title_words: int) -> Reals:
    """Logarithms of the lines since and until a repeat of the title, the first line apart."""
    count = len(same)
    repeats = np.flatnonzero(same)
    repeats = repeats[repeats > 0] if title_words >= _LONG else repeats[:0]
    at = np.arange(count)
    before = np.searchsorted(repeats, at) - 1
    after = np.searchsorted(repeats, at, "right")
    padded = np.concatenate((repeats, [-1]))
    since = np.where(before >= 0, at - padded[before], _FAR)
    until = np.where(after < len(repeats), padded[after] - at, _FAR)
    distances: Reals = np.log1p(np.minimum(np.stack((since, until)), _FAR))
    return distances
