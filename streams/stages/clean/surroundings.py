"""What stands around each line: its neighbours, the prose near it, its place on the page."""

import numpy as np
from numpy.typing import NDArray

from streams.stages.clean.features import Columns
from streams.stages.clean.lines import Ints, Lines, Reals

_FAR = 60
_FARTHEST = 400
_HEADING = 0.3
_SHORT_WORDS = np.log1p(5)
_BREAK_COSTS = (4, 12)
_APART = 2.0**24
_FINE = 2.0**16


def around(lines: Lines, own: Columns) -> Columns:
    """Columns of shape (L,) by name, from the columns of `features.own`."""
    page = _Page(lines, own)
    return (
        page.windows() | page.position() | page.blocks() | page.neighbours() | page.headings()
        | page.averages() | page.whole()
    )  # fmt: skip


class _Page:
    def __init__(self, lines: Lines, own: Columns) -> None:
        self.own, self.first, self.after, self.text = own, lines.first, lines.after, lines.text_of
        self.doc = lines.doc
        self.at = np.arange(len(lines.start))
        self.words = _summed(_counted(own["words"]))
        self.prose = _summed(_counted(own["prose"]))
        self.total = self.prose[self.after] - self.prose[self.first]

    def windows(self) -> Columns:
        """Words of prose, and words, in the few lines before and after."""
        found = {}
        for name, sums, widths in (("prose", self.prose, (1, 3, 8)), ("words", self.words, (1, 4))):
            for width in widths:
                low = np.maximum(self.at - width, self.first)
                high = np.minimum(self.at + 1 + width, self.after)
                found[f"{name}_before_{width}"] = np.log1p(sums[self.at] - sums[low])
                found[f"{name}_after_{width}"] = np.log1p(sums[high] - sums[self.at + 1])
        return found

    def position(self) -> Columns:
        """Where in the text, and in its prose, the line stands."""
        some = np.maximum(self.total, 1)
        prose = self.own["prose"] > 0
        return {
            "share_before": (self.prose[self.at] - self.prose[self.first]) / some,
            "share_after": (self.prose[self.after] - self.prose[self.at + 1]) / some,
            "index": np.log1p(self.at - self.first),
            "from_end": np.log1p(self.after - 1 - self.at),
            "position": (self.at - self.first) / (self.after - self.first),
            "to_prose_before": np.log1p(self._since(prose, _FAR)),
            "to_prose_after": np.log1p(self._until(prose, _FAR)),
        }

    def _since(self, flag: NDArray[np.bool_], most: int) -> Ints:
        """Lines back to the last flagged one before; `most` if there is none nearer."""
        last = np.maximum.accumulate(np.where(flag, self.at, -1))
        last = np.concatenate(([-1], last[:-1]))
        return np.minimum(np.where(last >= self.first, self.at - last, most), most)

    def _until(self, flag: NDArray[np.bool_], most: int) -> Ints:
        beyond = len(self.at)
        following = np.minimum.accumulate(np.where(flag, self.at, beyond)[::-1])[::-1]
        following = np.concatenate((following[1:], [beyond]))
        return np.minimum(np.where(following < self.after, following - self.at, most), most)

    def blocks(self) -> Columns:
        """Where the line stands to the one block with the most prose for its breaks."""
        found = {}
        prose = _counted(self.own["prose"])
        for cost in _BREAK_COSTS:
            start, end = best_block(np.where(prose > 0, prose, -float(cost)), self.doc)
            start, end = start[self.text], end[self.text]
            inside = (self.at >= start) & (self.at <= end)
            found[f"inside_{cost}"] = inside.astype(np.float64)
            found[f"above_{cost}"] = np.log1p(np.maximum(start - self.at, 0))
            found[f"below_{cost}"] = np.log1p(np.maximum(self.at - end, 0))
            share = self.prose[end + 1] - self.prose[start]
            found[f"share_{cost}"] = share / np.maximum(self.total, 1)
        return found

    def neighbours(self) -> Columns:
        """What the line before and the line after look like; -1 where there is none."""
        found = {}
        for name in ("words", "ended", "upper", "says", "prose", "repeated", "signs"):
            value = self.own[name]
            before, following = np.roll(value, 1), np.roll(value, -1)
            before[self.at == self.first] = -1
            following[self.at == self.after - 1] = -1
            found[f"{name}_before"], found[f"{name}_after"] = before, following
        return found

    def headings(self) -> Columns:
        """Lines since and until one that is mostly a page phrase of a kind."""
        found = {}
        for name in ("comment", "related", "share", "legal", "subscribe"):
            flag = self.own[f"says_{name}"] > _HEADING
            found[f"since_{name}"] = np.log1p(self._since(flag, _FARTHEST))
            found[f"until_{name}"] = np.log1p(self._until(flag, _FARTHEST))
        return found

    def averages(self) -> Columns:
        """Means over the lines around."""
        found = {}
        for name in ("says", "says_comment", "says_related", "hits_month", "ended", "upper",
                     "repeated", "single"):  # fmt: skip
            sums = _summed(self.own[name])
            for width in (3, 10):
                low = np.maximum(self.at - width, self.first)
                high = np.minimum(self.at + width + 1, self.after)
                found[f"{name}_around_{width}"] = (sums[high] - sums[low]) / (high - low)
        return found

    def whole(self) -> Columns:
        """What the whole text looks like, the same for each of its lines."""
        count = self.after - self.first
        words = self.words[self.after] - self.words[self.first]
        short = _summed((self.own["words"] < _SHORT_WORDS).astype(np.float64))
        says = _summed(self.own["says"])
        return {
            "page_lines": np.log1p(count),
            "page_prose": self.total / np.maximum(words, 1),
            "page_words": np.log1p(words),
            "page_short": (short[self.after] - short[self.first]) / count,
            "page_says": (says[self.after] - says[self.first]) / count,
        }


def _summed(values: Reals) -> Reals:
    """Sums of the values before each line, exact, so that the texts before change nothing."""
    whole = np.rint(values * _FINE).astype(np.int64)
    sums: Reals = np.concatenate(([0], np.cumsum(whole))) / _FINE
    return sums


def _counted(logarithm: Reals) -> Reals:
    """The count, in exact halves, whose `log1p` it is."""
    count: Reals = np.rint(2 * np.expm1(logarithm)) / 2
    return count


def best_block(value: Reals, doc: Ints) -> tuple[Ints, Ints]:
    """First and last line (D,) of each text's run of lines with the largest sum (Kadane).

    Exact for values in halves, as long as no text sums up to 2^23.
    """
    sizes = np.diff(doc)
    text = np.repeat(np.arange(len(sizes)), sizes)
    at = np.arange(len(value))
    sums = np.cumsum(value)
    before = sums - value
    lowest = np.minimum.accumulate(before - text * _APART) + text * _APART
    gain = sums - lowest
    best = np.full(len(sizes), -np.inf)
    np.maximum.at(best, text, gain)
    end = np.full(len(sizes), len(value))
    hits = at[gain == best[text]]
    np.minimum.at(end, text[hits], hits)
    starts = at[(at <= end[text]) & (before == lowest[end[text]])]
    start = np.full(len(sizes), -1)
    np.maximum.at(start, text[starts], starts)
    return np.minimum(np.maximum(start, 0), end), end
