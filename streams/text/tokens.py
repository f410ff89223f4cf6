"""Tokenise a batch of texts once into flat arrays that every stage shares.

Tokens are words, numbers, addresses and single signs. Hyphens stand alone (`F`, `-`, `16`), a
possessive is a token of its own (`China`, `'s`), abbreviations keep their full stops (`U.S.`,
`Gen.`), combining marks stay with their letter. Every character is either white space or in
exactly one token, so offsets are exact for any Unicode text. The same rules as one regular
expression stand in tests/unit/reference_tokens.py, which the loops are compared with.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]

_ABBREVIATIONS = (
    "Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Gen|Lt|Col|Maj|Capt|Sgt|Cpl|Adm|Cmdr|Brig|Sen|Rep|Gov|Rev|Hon|"
    "Pres|Fr|Mt|Ft|Co|Corp|Inc|Ltd|Bros|No|vs|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec"
).split("|")
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u0670\u06d6-\u06ed"
_MARKS += "\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0e31-\u0e4e\u1ab0-\u1aff"
_MARKS += "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u00ad\u200c\u200d"
_UNFINISHED = {*_ABBREVIATIONS, *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"} - {"I", "No"}
_CODES = 0x110000
_CLASSED = 0x40000
"""Characters from here on are in no class of ours: tags, private use, nothing."""


@dataclass
class TokenBatch:
    """Tokens of `texts` end to end.

    Shapes: N tokens, D texts, S sentences. `start`/`end` (N,) are code-point offsets into the
    token's own text. `doc` (D + 1,) and `sentence` (S + 1,) are token indices: text d has the
    tokens doc[d]..doc[d+1]; sentences never cross texts. `vocabulary` has each distinct surface
    form once in order of appearance and `ids` (N,) point into it. Ids mean something within this
    batch only.
    """

    texts: Sequence[str]
    start: IntArray
    end: IntArray
    doc: IntArray
    sentence: IntArray
    ids: IntArray
    vocabulary: list[str]

    @property
    def size(self) -> int:
        """N, the number of tokens."""
        return len(self.ids)

    @cached_property
    def words(self) -> list[str]:
        """The N surface forms: `vocabulary[ids[i]] == words[i]`."""
        return list(map(self.vocabulary.__getitem__, self.ids.tolist()))


@cache
def _tables() -> tuple[NDArray[np.uint16], NDArray[np.int64], NDArray[np.int64]]:
    """What each character is (see `scan`), the abbreviations, and those that end no sentence."""
    from streams.text import scan  # noqa: PLC0415 - brings the compiler

    classes = {
        r"\s": scan.SPACE,
        r"\w": scan.WORD,
        r"\d": scan.DIGIT,
        rf"[\w{_MARKS}]": scan.LETTER,
        "['’ʼ]": scan.APOSTROPHE,  # noqa: RUF001 - the signs that texts have
        "[a-z]": scan.LOWER,
        "[A-Z]": scan.UPPER,
        "[-_=*~#]": scan.RULE,
        "[.!?…。！？؟।]": scan.STOP,  # noqa: RUF001
        "[\"”)\\]’'»]": scan.CLOSING,  # noqa: RUF001
    }
    every = np.arange(_CLASSED, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    flags = np.zeros(_CODES, np.uint16)
    for pattern, flag in classes.items():
        for run in re.finditer(pattern + "+", every):
            flags[run.start() : run.end()] |= flag
    return flags, _packed(_ABBREVIATIONS), _packed(_UNFINISHED)


def _packed(words: Sequence[str] | set[str]) -> NDArray[np.int64]:
    return np.sort(np.array([int.from_bytes(word.encode()) for word in words], np.int64))


def tokenise(texts: Sequence[str]) -> TokenBatch:
    """The tokens of a batch; offsets right for any Unicode text."""
    from streams.text.scan import number_words, scan  # noqa: PLC0415 - brings the compiler

    joined = "".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    bounds = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=bounds[1:])
    start, end, doc, sentence = scan(codes, bounds, *_tables())
    ids, first = number_words(codes, start, end)
    spans = zip(start[first].tolist(), end[first].tolist(), strict=True)
    vocabulary = [joined[low:high] for low, high in spans]
    origin = np.repeat(bounds[:-1], np.diff(doc)).astype(np.int32)
    return TokenBatch(texts, start - origin, end - origin, doc, sentence, ids, vocabulary)
