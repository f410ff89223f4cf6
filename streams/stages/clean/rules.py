"""What is residue beyond doubt: lines that say so themselves, and lists that such lines open."""

import re
from collections.abc import Sequence

from streams.records import RemovedReason
from streams.stages.clean.times import to_rfc3339

Reasons = list[RemovedReason | None]
STAMP = re.compile(r"\s*date\s+(\d{4}-\d{2}-\d{2})(?:\s+|$)", re.IGNORECASE)
_LONGEST = 120
_HEAD_LINES = 4
_STAMP_LINES = 2
_LONGEST_DATE = 60
_DATED = re.compile(r"(?=.*[A-Za-z]{3})(?=.*\b\d{4}\b)[A-Z\d]")
_NOTICES = frozenset(
    {"advertisement", "advertisements", "story continues below", "article continues below"}
    | {f"{what} continues below advertisement" for what in ("story", "article", "content")}
    | {"advertisement - scroll to continue", "advertisement - story continues below"}
)
_HEADLINE_WORDS = 30
_QUESTION_WORDS = 15
_PROSE_END = re.compile(r"[.…。।][\"'”’»)\]]*$")  # noqa: RUF001 - quotes of many scripts
_QUESTION_END = re.compile(r"[!?؟][\"'”’»)\]]*$")  # noqa: RUF001 - quotes of many scripts
_BULLETS = "|•·»›>*–—- "  # noqa: RUF001 - as they stand in pages
_NEWSLETTER = (
    r"subscribe (?:free|now|today|here)?\s*(?:to|for) our .{0,60}"
    r"|(?:sign up|register|subscribe)\b.{0,60}\bnewsletters?\b.{0,30}"
    r"|(?:get|receive) .{0,60} (?:delivered|sent) .{0,30}(?:inbox|email).*"
)
_RELATED = (
    r"(?:related|recommended) (?:links?|articles?|stories|story|content|coverage|news|topics|posts?"
    r"|reading|video)\s*:?"
    r"|(?:most (?:read|popular|viewed|shared)|you may also like|more (?:stories|news|headlines)"
    r"|read (?:more|next)|see also|also read)\s*:?"
    r"|learn (?:more )?about .{1,80} at \S+\.\w{2,}"
)
_PHRASE = re.compile(rf"(?:({_NEWSLETTER})|(?:{_RELATED}))$", re.IGNORECASE)
_FIRST_LETTERS = frozenset("sSrRgGmMyYaAlLcC")
_SIGN_OFF = re.compile(
    r"(?:[a-z]{2,4}(?:-[a-z]{2,4})*(?:/[a-z]{2,4}(?:-[a-z]{2,4})*)+|[a-z]{2,3}(?:-[a-z]{2,3})+"
    r"|#{3,}|[-–—#\s(]*(?:ENDS|END|30|ends)[-–—#\s)]*(?<!^END)(?<!^30))$"  # noqa: RUF001 - dashes
)
_LONGEST_SIGN_OFF = 24
_SEPARATORS = frozenset("|•·»›")  # noqa: RUF001 - bullets as they stand in pages
_NAME = r"[A-Z][\w.'’-]{0,30}"  # noqa: RUF001 - the apostrophe of many names
_LINKS = r"(?:(?:and|de|da|del|van|von|bin|al|la|le) ){0,2}"
BYLINE = re.compile(rf"(?:By|BY|by) ({_NAME}(?: {_LINKS}{_NAME}){{1,7}})$")
_OPENERS = frozenset({"related_links", "newsletter", "markup"})


def reasons(lines: Sequence[str]) -> Reasons:
    """Per line of one text (stripped), why it goes, or None.

    A line goes on its own words, or as a headline in a list that such a line opened. Prose
    always stays and closes the list.
    """
    found: Reasons = [own_reason(line) if len(line) <= _LONGEST else None for line in lines]
    _mark_head(lines, found)
    in_list = False
    for index, line in enumerate(lines):
        reason = found[index]
        if reason is not None:
            in_list = in_list or reason in _OPENERS
        elif in_list and line:
            in_list = is_headline(line)
            found[index] = "headline_list" if in_list else None
    return found


def _mark_head(lines: Sequence[str], found: Reasons) -> None:
    """Lines among the first that say `By` somebody, or a date, and nothing else."""
    seen = 0
    for index, line in enumerate(lines):
        if line:
            seen += 1
            if BYLINE.match(line):
                found[index] = "byline"
            elif seen <= _STAMP_LINES and line_date(line):
                found[index] = "dateline_stamp"
            if seen == _HEAD_LINES:
                return


def line_date(line: str) -> str | None:
    """The day YYYY-MM-DD that the line says with its month's name, and nothing else."""
    if len(line) > _LONGEST_DATE or not _DATED.match(line):
        return None
    moment = to_rfc3339(line)
    return moment[:10] if moment else None


def own_reason(line: str) -> RemovedReason | None:
    """Why the line goes on its own words, or None."""
    if not 0 < len(line) <= _LONGEST:
        return None
    if len(line) <= _LONGEST_SIGN_OFF and _SIGN_OFF.match(line):
        return "sign_off"
    words = line.lstrip(_BULLETS)
    if not words:
        return "markup" if set(line) <= _SEPARATORS else None
    if words[0] not in _FIRST_LETTERS:
        return None
    if words.rstrip(" .:").casefold() in _NOTICES:
        return "notice"
    match = _PHRASE.match(words)
    return ("newsletter" if match[1] else "related_links") if match else None


def is_headline(line: str) -> bool:
    """Whether the line may be a headline: short, and not ended as a sentence is."""
    limit = _QUESTION_WORDS if _QUESTION_END.search(line) else _HEADLINE_WORDS
    return len(line.split()) <= limit and not _PROSE_END.search(line)
