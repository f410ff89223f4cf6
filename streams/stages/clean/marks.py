"""What the lines of a page are marked with: stamps, comments, numbers, names said before."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.stages.clean.features import Columns
from streams.stages.clean.lines import Lines, Reals

_FAR = 99
_SHORT = 12
_MOST_CHARACTERS = 160
_NAME_WORDS = 7
_RUN = 3
_RUN_REACH = 4
_STAMP = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d|\b\d{1,2}:\d\d\b"
    r"|\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d+ ?[a-z]+ ago\b|\d{1,2} [a-z]{3,9},? 20\d\d",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:\b(?:said|says|wrote|writes|schreef|escribió|disse|a dit|schrieb)\s?[:.]?|^reply)$",
    re.IGNORECASE,
)
_TALLY = re.compile(
    r"\(?\d[\d,]*\)?\+? (?:comments?|responses?|replies|thoughts?|shares|views|likes)\b"
    r"|(?:comments?|responses|replies|discussion)\b ?[:(]? ?\d*\)?:?$|what do you think",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:about|notes? to editors?|contacts?|media contacts?|biograph)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"[—–-] ?.{1,50}\(@\w+\)")  # noqa: RUF001 - dashes
_ITEM = re.compile(r"#?(\d{1,3})(?:[).:]|\b)")
_NAMED = re.compile(r"[A-Z][\w'’.-]+ [A-Z][\w'’-]+")  # noqa: RUF001 - the apostrophe of names
_DISTANT = ("stamp", "said", "tally", "about", "list")
NAMES = (
    *(f"{part}_{name}" for name in _DISTANT for part in ("is", "since", "until", "above", "below")),
    "is_quoted", "is_item", "echo",
)  # fmt: skip


def marked(lines: Lines) -> Columns:
    """Columns of shape (L,) by name: flags, logarithms of distances and of counts."""
    table = np.zeros((len(NAMES), len(lines.start)))
    for first, after in zip(lines.doc[:-1].tolist(), lines.doc[1:].tolist(), strict=True):
        if first < after:
            table[:, first:after] = _one([lines.content(line) for line in range(first, after)])
    return dict(zip(NAMES, table, strict=True))


def _one(texts: list[str]) -> Reals:
    sizes = [_words(text) for text in texts]
    flags = np.array([_flags(text, size) for text, size in zip(texts, sizes, strict=True)], bool).T
    rows: list[Reals] = []
    for flag in flags[: len(_DISTANT)]:
        rows += [flag.astype(np.float64), *_distances(flag)]
    rows += [flags[-1].astype(np.float64), _numbered(texts), _echoes(texts, sizes)]
    return np.stack(rows)


def _words(text: str) -> int:
    """Words by spaces; a line without them is no short one."""
    return text.count(" ") + 1 if len(text) <= _MOST_CHARACTERS else _SHORT + 1


def _flags(text: str, size: int) -> tuple[bool, ...]:
    short = size <= _SHORT
    return (
        short and _STAMP.search(text) is not None,
        short and _SAID.search(text) is not None,
        short and _TALLY.search(text) is not None,
        size <= _NAME_WORDS and _ABOUT.match(text) is not None,
        short and text.endswith(":"),
        _QUOTED.match(text) is not None,
    )


def _distances(flag: NDArray[np.bool_]) -> list[Reals]:
    """Since and until the nearest other flagged line, and how many stand above and below."""
    at, hits = np.arange(len(flag)), np.flatnonzero(flag)
    padded = np.concatenate((hits, [0]))
    above, through = np.searchsorted(hits, at), np.searchsorted(hits, at, "right")
    since = np.where(above > 0, at - padded[above - 1], _FAR)
    until = np.where(through < len(hits), padded[through] - at, _FAR)
    found = np.minimum(since, _FAR), np.minimum(until, _FAR), above, len(hits) - through
    return [np.log1p(values) for values in found]


def _numbered(texts: Sequence[str]) -> Reals:
    """How long the run of numbered lines is that the line is in: 1, 2, 3 with little between."""
    runs: list[list[int]] = []
    open_runs: dict[int, list[int]] = {}
    for at, text in enumerate(texts):
        match = _ITEM.match(text)
        if match is None:
            continue
        number = int(match[1])
        for before in (number - 1, number + 1):
            run = open_runs.get(before)
            if run and at - run[-1] <= _RUN_REACH:
                run.append(at)
                open_runs[number] = run
                break
        else:
            open_runs[number] = [at]
            runs.append(open_runs[number])
    found = np.zeros(len(texts))
    for run in runs:
        if len(run) >= _RUN:
            found[run] = np.log1p(len(run))
    return found


def _echoes(texts: Sequence[str], sizes: Sequence[int]) -> Reals:
    """1 where the line begins with a name that a short line elsewhere says."""
    short = [text for text, size in zip(texts, sizes, strict=True) if size <= _NAME_WORDS]
    names = {name for text in short for name in _NAMED.findall(text)}
    found = np.zeros(len(texts))
    for at, (text, size) in enumerate(zip(texts, sizes, strict=True)):
        match = _NAMED.match(text[:_MOST_CHARACTERS])
        found[at] = bool(match and size > _NAME_WORDS and match[0] in names)
    return found
