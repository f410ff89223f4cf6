"""Which lines of a text are the page around the article: two small models that need evidence."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.records import RemovedReason
from streams.stages.clean import marks, topic
from streams.stages.clean.features import Columns, own
from streams.stages.clean.lexicon import KINDS
from streams.stages.clean.lines import Lines, split
from streams.stages.clean.marks import marked
from streams.stages.clean.rules import Reasons
from streams.stages.clean.surroundings import around
from streams.stages.clean.topic import about
from streams.stages.clean.trees import Floats, Trees, load

ON_PAGES = (*topic.NAMES, *marks.NAMES)
"""The columns that only lines of whole pages have."""
FOLDER = Path(__file__).parent
PAGE_SAYS = 0.08
PAGE_SHORT = 0.3
PAGE_LINES = 30
FEWEST_LINES = 4
KEEP_ON_PAGES = 0.3
KEEP_IN_TEXTS = 0.03
_HEADLINE_WORDS = np.log1p(4)
_NOTICE_WORDS = np.log1p(12)
_MOSTLY = 0.25
_REASON_OF: dict[str, RemovedReason] = {
    "subscribe": "newsletter",
    "related": "related_links",
    "legal": "notice",
    "time": "byline",
    "month": "byline",
    "byline": "byline",
    "credit": "credit",
}


@cache
def models() -> tuple[Trees, Trees]:
    """The shipped models: for whole pages, for texts already taken out of theirs."""
    return load(FOLDER / "pages.npz"), load(FOLDER / "texts.npz")


def reasons(texts: Sequence[str]) -> list[Reasons]:
    """Per text and line why it goes, or None; a text keeps some of its lines always."""
    found: list[Reasons] = [[None] * (text.count("\n") + 1) for text in texts]
    lines = split(texts)
    if len(lines.start) == 0:
        return found
    columns = measured(lines)
    gone = np.flatnonzero(~kept(lines, columns))
    named = _reasons(columns, gone)
    places = zip(lines.text_of[gone].tolist(), lines.number[gone].tolist(), named, strict=True)
    for text, number, reason in places:
        found[text][number] = reason
    return found


def measured(lines: Lines) -> Columns:
    """The columns of lines that stand without their page."""
    alone = own(lines)
    return alone | around(lines, alone)


def on_page(lines: Lines) -> Columns:
    """The columns of lines that stand in whole pages."""
    return about(lines) | marked(lines)


def is_page(columns: Columns) -> NDArray[np.bool_]:
    """Shape (L,): whether the line's text is a whole page, furniture and all."""
    crowded = (columns["page_says"] > PAGE_SAYS) & (columns["page_short"] > PAGE_SHORT)
    page: NDArray[np.bool_] = crowded & (columns["page_lines"] > np.log1p(PAGE_LINES))
    return page


def kept(lines: Lines, columns: Columns) -> NDArray[np.bool_]:
    """Shape (L,): which lines are of the article."""
    pages, texts = models()
    page = is_page(columns)
    few = lines.after - lines.first < FEWEST_LINES
    keep = np.ones(len(page), np.bool_)
    text = ~page & ~few
    keep[text] = _probability(texts, columns, text) > KEEP_IN_TEXTS
    if page.any():
        keep[page] = (
            _probability(pages, columns | on_page(_only(lines, page)), page) > KEEP_ON_PAGES
        )
    left = np.bincount(lines.text_of[keep], minlength=len(lines.doc) - 1)
    keep |= left[lines.text_of] == 0
    return keep


def _only(lines: Lines, page: NDArray[np.bool_]) -> Lines:
    """The lines whose text is a page; the other texts have none."""
    bounds = np.concatenate(([0], np.cumsum(page)))
    return Lines(
        joined=lines.joined,
        codes=lines.codes,
        kind=lines.kind,
        start=lines.start[page],
        end=lines.end[page],
        number=lines.number[page],
        doc=bounds[lines.doc],
    )


def _probability(trees: Trees, columns: Columns, which: NDArray[np.bool_]) -> Floats:
    count = int(which.sum())
    table = np.empty((len(trees.names), count), np.float32)
    for row, name in zip(table, trees.names, strict=True):
        values = columns[name]
        row[:] = values if len(values) == count else values[which]
    odds = trees.log_odds(table)
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def _reasons(columns: Columns, gone: NDArray[np.int64]) -> list[RemovedReason]:
    """The closest reason of the closed list: by the phrases the line says, else by its shape."""
    kinds = list(KINDS)
    said = np.stack([columns[f"says_{kind}"][gone] for kind in kinds])
    most, how_much = said.argmax(0).tolist(), said.max(0).tolist()
    words, ended = columns["words"][gone].tolist(), columns["ended"][gone].tolist()
    found: list[RemovedReason] = []
    for kind, share, size, sentence in zip(most, how_much, words, ended, strict=True):
        if share > _MOSTLY or size < _HEADLINE_WORDS:
            found.append(_REASON_OF.get(kinds[kind], "navigation") if share else "navigation")
        else:
            found.append("notice" if sentence and size > _NOTICE_WORDS else "headline_list")
    return found
