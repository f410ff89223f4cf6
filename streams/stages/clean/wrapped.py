"""Hard-wrapped copy: a line that stands in the middle of a sentence is no furniture.

Agencies wrap their lines at about 70 characters, and a line of a sentence by itself ("Marseillaise
de Credit.") looks like a name in a list. Its neighbours tell: the sentence runs into it or on.
"""

from collections.abc import Sequence

WRAPPED_FROM = 35
"""A shorter neighbour is no line that was filled and then wrapped."""
_ENDS = (".", "!", "?", ":", '"', "”", "…", "|")
_OPEN = frozenset(
    "a an and as at but by for from had has have in into is its of on or over said says that the "
    "their this to was were which who will with would".split()
)


def mid_sentence(lines: Sequence[str], number: int) -> bool:
    """Whether the sentence of line `number` began on the line before or goes on after it."""
    line = lines[number]
    before = lines[number - 1] if number else ""
    after = lines[number + 1] if number + 1 < len(lines) else ""
    runs_in = _is_filled(before) and (line[:1].islower() or _runs_on(before))
    runs_out = _is_filled(line) and (after[:1].islower() or (bool(after) and _runs_on(line)))
    return runs_in or runs_out


def _is_filled(line: str) -> bool:
    return len(line) >= WRAPPED_FROM and not line.endswith(_ENDS)


def _runs_on(line: str) -> bool:
    return line.endswith(",") or line.rsplit(" ", 1)[-1] in _OPEN
