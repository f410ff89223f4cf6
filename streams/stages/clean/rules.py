"""What is residue beyond doubt: lines that say so themselves, and lists that such lines open."""

import re
from collections.abc import Sequence

from streams.records import RemovedReason

Reasons = list[RemovedReason | None]
STAMP = re.compile(r"\s*date\s+(\d{4}-\d{2}-\d{2})(?:\s+|$)", re.IGNORECASE)
_LONGEST = 120
_HEADLINE_WORDS = 30
_QUESTION_WORDS = 15
_PROSE_END = re.compile(r"[.…。।][\"'”’»)\]]*$")  # noqa: RUF001 - quotes of many scripts
_QUESTION_END = re.compile(r"[!?؟][\"'”’»)\]]*$")  # noqa: RUF001 - quotes of many scripts
_LEAD = r"^[|•·»>*–—-]*\s*"  # noqa: RUF001 - dashes as they stand in pages
_PATTERNS: tuple[tuple[RemovedReason, str], ...] = (
    ("sign_off", r"^[a-z]{2,4}(?:-[a-z]{2,4})*(?:/[a-z]{2,4}(?:-[a-z]{2,4})*)+$"),
    ("sign_off", r"^[a-z]{2,3}(?:-[a-z]{2,3})+$"),
    ("sign_off", r"^[-–—#\s(]*(?:ends|end|30)[-–—#\s)]*$(?<!^end)(?<!^30)"),  # noqa: RUF001
    ("sign_off", r"^#{3,}$"),
    ("newsletter", _LEAD + r"subscribe (?:free|now|today|here)?\s*(?:to|for) our .{0,60}$"),
    ("newsletter", _LEAD + r"(?:sign up|register|subscribe)\b.{0,60}\bnewsletters?\b.{0,30}$"),
    ("newsletter", _LEAD + r"(?:get|receive) .{0,60} (?:delivered|sent) .{0,30}(?:inbox|email).*$"),
    (
        "related_links",
        _LEAD + r"(?:related|recommended) (?:links?|articles?|stories|story|content|coverage|news"
        r"|topics|posts?|reading|video)\s*:?$",
    ),
    (
        "related_links",
        _LEAD + r"(?:most (?:read|popular|viewed|shared)|you may also like"
        r"|more (?:stories|news|headlines)|read (?:more|next)|see also|also read)\s*:?$",
    ),
    ("related_links", _LEAD + r"learn (?:more )?about .{1,80} at \S+\.\w{2,}$"),
    ("markup", r"^[|•·»›]+$"),  # noqa: RUF001 - bullets as they stand in pages
)
_RULES = [
    (reason, re.compile(pattern, re.IGNORECASE if reason != "sign_off" else 0))
    for reason, pattern in _PATTERNS
]
_OPENERS = frozenset({"related_links", "newsletter", "markup"})


def reasons(lines: Sequence[str]) -> Reasons:
    """Per line of one text (stripped), why it goes, or None.

    A line goes on its own words, or as a headline in a list that such a line opened. Prose
    always stays and closes the list.
    """
    found: Reasons = [own_reason(line) for line in lines]
    in_list = False
    for index, line in enumerate(lines):
        reason = found[index]
        if reason is not None:
            in_list = in_list or reason in _OPENERS
        elif in_list and line:
            in_list = is_headline(line)
            found[index] = "headline_list" if in_list else None
    return found


def own_reason(line: str) -> RemovedReason | None:
    """Why the line goes on its own words, or None."""
    if not line or len(line) > _LONGEST:
        return None
    return next((reason for reason, rule in _RULES if rule.search(line)), None)


def is_headline(line: str) -> bool:
    """Whether the line may be a headline: short, and not ended as a sentence is."""
    limit = _QUESTION_WORDS if _QUESTION_END.search(line) else _HEADLINE_WORDS
    return len(line.split()) <= limit and not _PROSE_END.search(line)
