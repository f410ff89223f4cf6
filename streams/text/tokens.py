"""Tokenise a batch of texts once into flat arrays that every stage shares.

Tokens are words, numbers, addresses and single signs. Hyphens stand alone (`F`, `-`, `16`), a
possessive is a token of its own (`China`, `'s`), abbreviations keep their full stops (`U.S.`,
`Gen.`), combining marks stay with their letter. Every character is either white space or in
exactly one token, so offsets are exact for any Unicode text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

_ABBREVIATIONS = (
    "Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Gen|Lt|Col|Maj|Capt|Sgt|Cpl|Adm|Cmdr|Brig|Sen|Rep|Gov|Rev|Hon|"
    "Pres|Fr|Mt|Ft|Co|Corp|Inc|Ltd|Bros|No|vs|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec"
)
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u0670\u06d6-\u06ed"
_MARKS += "\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0e31-\u0e4e\u1ab0-\u1aff"
_MARKS += "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u00ad\u200c\u200d"
_LETTER = rf"[\w{_MARKS}]"
_APOSTROPHE = "['’ʼ]"  # noqa: RUF001 - the signs that texts have
_PIECE = re.compile(
    rf"[a-zA-Z]+(?=[\s,])"
    rf"|\s+"
    rf"|(?:https?://|www\.)\S*[\w/]"
    rf"|(?:[^\W\d_]\.){{2,}}"
    rf"|(?:{_ABBREVIATIONS})\.(?!\w)"
    rf"|[A-Z]\.(?=\s+\w)"
    rf"|\d+(?:[.,:]\d+)*{_LETTER}*"
    rf"|{_APOSTROPHE}s\b"
    rf"|{_LETTER}+(?:{_APOSTROPHE}(?!s\b){_LETTER}+|\.(?=[a-z])(?!(?:com|org|net)\w){_LETTER}+)*"
    rf"|\.{{2,}}|[-_=*~#]{{2,}}"
    rf"|\S"
)
_TERMINAL = frozenset({".", "!", "?", "…", "...", "..", "。", "！", "？", "؟", "।"})  # noqa: RUF001
_UNFINISHED = frozenset({*_ABBREVIATIONS.split("|"), *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"} - {"I", "No"})
_CLOSING = frozenset({'"', "”", "''", ")", "]", "’", "'", "»"})  # noqa: RUF001


@dataclass(slots=True)
class TokenBatch:
    """Tokens of `texts` end to end.

    Shapes: N tokens, D texts, S sentences. `start`/`end` (N,) are code-point offsets into the
    token's own text. `doc` (D + 1,) and `sentence` (S + 1,) are token indices: text d has the
    tokens doc[d]..doc[d+1]; sentences never cross texts. `words` are the N surface forms;
    `vocabulary` has each distinct form once in order of appearance and `ids` (N,) point into
    it: `vocabulary[ids[i]] == words[i]`. Ids mean something within this batch only.
    """

    texts: Sequence[str]
    words: list[str]
    start: IntArray
    end: IntArray
    doc: IntArray
    sentence: IntArray
    ids: IntArray = field(default_factory=lambda: np.empty(0, np.int32))
    vocabulary: list[str] = field(default_factory=list)


class _Numbering(dict[str, int]):
    """Numbers strings in order of first appearance."""

    def __missing__(self, key: str) -> int:
        number = self[key] = len(self)
        return number


def _flags(distinct: Sequence[str], test: frozenset[str]) -> BoolArray:
    return np.fromiter((piece in test for piece in distinct), np.bool_, len(distinct))


def _sentence_starts(
    ids: IntArray, space: BoolArray, line: BoolArray, flags: tuple[BoolArray, BoolArray, BoolArray]
) -> BoolArray:
    """Whether a sentence ends before each piece: after a line end, or a stop then white space.

    A stop after a single capital or an abbreviation is none: some texts set blanks around signs.
    """
    stop, close, abbreviation = flags
    stopped = stop[ids].copy()
    for gap in (1, 2):
        stopped[gap:] &= ~(abbreviation[ids[:-gap]] & (space[ids[1:-1]] if gap > 1 else True))
    for _ in range(2):
        stopped[1:] |= stopped[:-1] & close[ids[1:]]
    ended = line[ids]
    ended[1:] |= stopped[:-1] & space[ids[1:]]
    before = np.zeros(len(ids) + 1, np.bool_)
    before[1:] = ended
    return before[:-1]


def _bounds(before: IntArray, breaks: BoolArray) -> IntArray:
    """Sentence bounds as token indices, ascending, each once."""
    bounds = np.concatenate(([0], before[:-1][breaks], before[-1:]))
    return bounds[np.concatenate(([True], bounds[1:] != bounds[:-1]))].astype(np.int32)


def _pieces(texts: Sequence[str]) -> tuple[list[str], IntArray]:
    """All pieces of all texts, and where each text's pieces start, (D + 1,)."""
    lists = [_PIECE.findall(text) for text in texts]
    bounds = np.cumsum([0, *map(len, lists)], dtype=np.int32)
    return list(chain.from_iterable(lists)), bounds


def tokenise(texts: Sequence[str]) -> TokenBatch:
    """The tokens of a batch; offsets right for any Unicode text."""
    pieces, bounds = _pieces(texts)
    numbering = _Numbering()
    numbers = np.fromiter(map(numbering.__getitem__, pieces), np.int32, len(pieces))
    distinct = list(numbering)
    space = np.fromiter(map(str.isspace, distinct), np.bool_, len(distinct))
    line = space & np.fromiter(("\n" in piece for piece in distinct), np.bool_, len(distinct))
    length = np.fromiter(map(len, distinct), np.int32, len(distinct))[numbers]
    after = np.cumsum(length, dtype=np.int64)
    origin = np.concatenate(([0], after))[bounds]
    end = after - np.repeat(origin[:-1], np.diff(bounds))
    flags = (_flags(distinct, _TERMINAL), _flags(distinct, _CLOSING), _flags(distinct, _UNFINISHED))
    breaks = _sentence_starts(numbers, space, line, flags)
    breaks[bounds[:-1][bounds[:-1] < len(pieces)]] = True
    kept = ~space[numbers]
    before = np.concatenate(([0], np.cumsum(kept, dtype=np.int32)))
    renumbered = (np.cumsum(~space, dtype=np.int32) - 1)[numbers][kept]
    vocabulary = [piece for piece, skip in zip(distinct, space.tolist(), strict=True) if not skip]
    breaks[0:1] = False
    return TokenBatch(
        texts=texts,
        words=list(map(vocabulary.__getitem__, renumbered.tolist())),
        start=(end - length)[kept].astype(np.int32),
        end=end[kept].astype(np.int32),
        doc=before[bounds].astype(np.int32),
        sentence=_bounds(before, breaks),
        ids=renumbered.astype(np.int32),
        vocabulary=vocabulary,
    )
