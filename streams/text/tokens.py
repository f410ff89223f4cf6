"""Tokenise a batch of texts once into flat arrays that every stage shares."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TOKEN = re.compile(r"\w+(?:[.'’]\w+)*|\S", re.UNICODE)  # noqa: RUF001
_END = re.compile(r"[.!?…]$|\n")

IntArray = NDArray[np.int32]


@dataclass(slots=True)
class TokenBatch:
    """Tokens of `texts` end to end.

    Shapes: N tokens, D texts, S sentences. `start`/`end` (N,) are code-point offsets into the
    token's own text. `doc` (D + 1,) and `sentence` (S + 1,) are token indices: text d has the
    tokens doc[d]..doc[d+1]; sentences never cross texts. `words` are the N surface forms.
    """

    texts: Sequence[str]
    words: list[str]
    start: IntArray
    end: IntArray
    doc: IntArray
    sentence: IntArray


def tokenise(texts: Sequence[str]) -> TokenBatch:
    """The tokens of a batch; offsets right for any Unicode text."""
    words: list[str] = []
    start: list[int] = []
    end: list[int] = []
    doc = [0]
    sentence = [0]
    for text in texts:
        previous_end = 0
        for token in _TOKEN.finditer(text):
            if words and len(words) > doc[-1] and "\n" in text[previous_end : token.start()]:
                sentence.append(len(words))
            words.append(token.group())
            start.append(token.start())
            end.append(previous_end := token.end())
            if words[-1] in {".", "!", "?"}:
                sentence.append(len(words))
        doc.append(len(words))
        sentence.append(len(words))
    return TokenBatch(
        texts=texts,
        words=words,
        start=np.array(start, np.int32),
        end=np.array(end, np.int32),
        doc=np.array(doc, np.int32),
        sentence=np.unique(np.array(sentence, np.int32)),
    )
