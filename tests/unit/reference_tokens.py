"""The tokeniser's rules as one regular expression: what streams/text/scan.py must agree with."""

import re
from typing import NamedTuple

ABBREVIATIONS = (
    "Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Gen|Lt|Col|Maj|Capt|Sgt|Cpl|Adm|Cmdr|Brig|Sen|Rep|Gov|Rev|Hon|"
    "Pres|Fr|Mt|Ft|Co|Corp|Inc|Ltd|Bros|No|vs|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec"
)
MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u0670\u06d6-\u06ed"
    "\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0e31-\u0e4e\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u00ad\u200c\u200d"
)
LETTER = rf"[\w{MARKS}]"
APOSTROPHE = "['’ʼ]"  # noqa: RUF001
PIECE = re.compile(
    rf"[a-zA-Z]+(?=[\s,])"
    rf"|\s+"
    rf"|(?:https?://|www\.)\S*[\w/]"
    rf"|(?:[^\W\d_]\.){{2,}}"
    rf"|(?:{ABBREVIATIONS})\.(?!\w)"
    rf"|[A-Z]\.(?=\s+\w)"
    rf"|\d+(?:[.,:]\d+)*{LETTER}*"
    rf"|{APOSTROPHE}s\b"
    rf"|{LETTER}+(?:{APOSTROPHE}(?!s\b){LETTER}+|\.(?=[a-z])(?!(?:com|org|net)\w){LETTER}+)*"
    rf"|\.{{2,}}|[-_=*~#]{{2,}}"
    rf"|\S"
)
STOPS = {".", "!", "?", "…", "...", "..", "。", "！", "？", "؟", "।"}  # noqa: RUF001
CLOSING = {'"', "”", ")", "]", "’", "'", "»"}  # noqa: RUF001
UNFINISHED = {*ABBREVIATIONS.split("|"), *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"} - {"I", "No"}


class Tokens(NamedTuple):
    """The spans of one text's tokens, and which tokens open a sentence."""

    spans: list[tuple[int, int]]
    opening: list[int]


def reference(text: str) -> Tokens:
    pieces = [match.span() for match in PIECE.finditer(text)]
    assert "".join(text[a:b] for a, b in pieces) == text
    words = [text[a:b] for a, b in pieces]
    stopped = [_stops(words, k) for k in range(len(words))]
    for _ in range(2):
        stopped = [
            here or (k > 0 and stopped[k - 1] and words[k] in CLOSING)
            for k, here in enumerate(stopped)
        ]
    spans: list[tuple[int, int]] = []
    opening: list[int] = []
    ended = True
    for k, word in enumerate(words):
        if word.isspace():
            ended = ended or "\n" in word or (k > 0 and stopped[k - 1])
            continue
        if ended:
            opening.append(len(spans))
        spans.append(pieces[k])
        ended = False
    return Tokens(spans, opening)


def _stops(words: list[str], at: int) -> bool:
    """A stop after a single capital or an abbreviation, with a blank between or not, is none."""
    before = at - 2 if at > 1 and words[at - 1].isspace() else at - 1
    return words[at] in STOPS and (before < 0 or words[before] not in UNFINISHED)
