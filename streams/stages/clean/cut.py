"""From a decision per line to edits: lines go whole, what stays keeps one blank line at most."""

from collections.abc import Sequence

from streams.records import RemovedReason
from streams.stages.clean.edits import Edit

WHITESPACE: RemovedReason = "whitespace"


def line_edits(
    lines: Sequence[str], reasons: Sequence[RemovedReason | None], head: int = 0
) -> list[Edit]:
    r"""Edits over `"\\n".join(lines)` that remove the lines with a reason.

    `head` characters at the front are a date stamp. Kept lines lose white space at their ends;
    between two of them at most one blank line stays; nothing blank stays at either end.
    """
    found: list[Edit] = [(0, head, "dateline_stamp", "")] if head else []
    gap = _Gap(found)
    start = 0
    quiet = False
    for line, reason in zip(lines, reasons, strict=True):
        end = start + len(line)
        if quiet and reason is None and line and line == line.strip():
            gap.open(end, end)
        elif start >= head and (reason is not None or not line):
            gap.add(start, end, reason)
            quiet = False
        else:
            quiet = _decide(gap, line, reason, max(start, head), end)
        start = end + 1
    gap.finish(start - 1)
    return found


def _decide(gap: "_Gap", line: str, reason: RemovedReason | None, start: int, end: int) -> bool:
    """Whether the line, from `start` on, is kept and ends without white space."""
    body = line[len(line) - max(end - start, 0) :]
    content = body.strip()
    if reason is not None or not content:
        gap.add(start, end, reason)
        return False
    left = start + len(body) - len(body.lstrip())
    gap.close(start, left)
    gap.open(left + len(content), end)
    return left + len(content) == end


class _Gap:
    """What lies between two kept lines: removed and blank lines, and the breaks around them."""

    def __init__(self, found: list[Edit]) -> None:
        self._found = found
        self._lines: list[tuple[int, int, RemovedReason | None]] = []
        self._after: tuple[int, int] | None = None

    def open(self, content_end: int, line_end: int) -> None:
        self._after = (content_end, line_end)

    def add(self, start: int, end: int, reason: RemovedReason | None) -> None:
        self._lines.append((start, end, reason))

    def close(self, line_start: int, content_start: int) -> None:
        """A kept line begins: its break and the first blank line stay."""
        blank_kept = self._after is None
        if self._after is not None:
            self._cut(*self._after, WHITESPACE)
        for (start, end, reason), shown in zip(self._lines, self._shown(), strict=True):
            keep = reason is None and not blank_kept
            blank_kept = blank_kept or keep
            self._cut(start, end if keep else end + 1, WHITESPACE if keep else shown)
        self._cut(line_start, content_start, WHITESPACE)
        self._lines.clear()

    def finish(self, end: int) -> None:
        """No kept line follows: all of it goes."""
        shown = self._shown()
        if self._after is not None:
            first = min(self._after[1] + 1, end)
            self._cut(self._after[0], first, shown[0] if shown else WHITESPACE)
        for (start, line_end, _), reason in zip(self._lines, shown, strict=True):
            self._cut(start, min(line_end + 1, end), reason)

    def _shown(self) -> list[RemovedReason]:
        """The reason of each line; blank ones go with the removed line before or after them."""
        last = next((reason for *_, reason in self._lines if reason), WHITESPACE)
        shown = []
        for *_, reason in self._lines:
            last = reason or last
            shown.append(last)
        return shown

    def _cut(self, start: int, end: int, reason: RemovedReason) -> None:
        if start < end:
            self._found.append((start, end, reason, ""))
