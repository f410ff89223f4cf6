"""Edits over a text: sorted, disjoint spans with what stands in their place.

An edit is `(start, end, reason, replacement)` in code points of the text that it edits.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from streams.records import RemovedReason

Edit = tuple[int, int, RemovedReason, str]


def apply(text: str, edits: Sequence[Edit]) -> str:
    """`text` with each span replaced; edits must be sorted and disjoint."""
    parts: list[str] = []
    done = 0
    for start, end, _, replacement in edits:
        parts += text[done:start], replacement
        done = end
    parts.append(text[done:])
    return "".join(parts)


def joined(edits: Iterable[Edit]) -> list[Edit]:
    """The same edits with touching ones of one reason made one."""
    found: list[Edit] = []
    for edit in edits:
        if found and found[-1][1] == edit[0] and found[-1][2] == edit[2]:
            start, _, reason, replacement = found[-1]
            found[-1] = (start, edit[1], reason, replacement + edit[3])
        elif edit[0] < edit[1] or edit[3]:
            found.append(edit)
    return found


def single(edits: Iterable[Edit]) -> list[Edit]:
    """The same edits, none with a replacement of more than one character."""
    found: list[Edit] = []
    for start, end, reason, replacement in edits:
        found.append((start, end, reason, replacement[:1]))
        found += [(end, end, reason, character) for character in replacement[1:]]
    return found


def composed(first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """One list over the raw text that does `first` and then `second`.

    `second` is over `apply(raw, first)`. No replacement of `first` may be longer than one
    character, so that no edge of `second` falls inside one.
    """
    if not first or not second:
        return list(first or second)
    found: list[Edit] = []
    shift = at = 0
    for start, end, reason, replacement in second:
        while at < len(first) and _place(first[at], shift)[1] <= start:
            shift = _after(first[at], shift)
            found.append(first[at])
            at += 1
        raw_start = start + shift
        while at < len(first) and _place(first[at], shift)[0] < end:
            shift = _after(first[at], shift)
            at += 1
        found.append((raw_start, end + shift, reason, replacement))
    return found + list(first[at:])


def _place(edit: Edit, shift: int) -> tuple[int, int]:
    """Where the replacement of `edit` stands in the edited text."""
    return edit[0] - shift, edit[0] - shift + len(edit[3])


def _after(edit: Edit, shift: int) -> int:
    return shift + edit[1] - edit[0] - len(edit[3])


def are_valid(edits: Sequence[Edit], length: int) -> bool:
    """Whether `edits` are sorted, disjoint and inside a text of `length` code points."""
    inside = all(0 <= start <= end <= length for start, end, _, _ in edits)
    return inside and all(a[1] <= b[0] for a, b in pairwise(edits))
