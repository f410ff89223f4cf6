"""Fields that a text states itself: title, byline, and the place and agency of its dateline."""

import re
from collections.abc import Sequence

from streams.stages.clean.rules import BYLINE, Reasons, line_date

_AGENCIES = (
    "AP|Associated Press|AFP|Agence France-Presse|Reuters|Thomson Reuters|UPI|dpa|DPA|EFE|ANSA|PTI|"
    "IANS|ANI|Xinhua|Kyodo|Yonhap|TASS|Interfax|Bloomberg|PA|AAP|CNA|Anadolu|AA|KUNA|WAM|MENA|CP"
)
_PLACE = r"[A-Z][A-Z'’.-]+(?:[ /][A-Z][A-Z'’.-]+){0,3}(?:, [A-Z][\w.]+(?: [A-Z][\w.]+){0,2})?"  # noqa: RUF001
_DATE = r"(?:,? (?:\d{1,2} )?[A-Z][a-z]{2,8}\.? ?(?:\d{1,2})?,?(?: \d{4})?)?"
_DATELINE = re.compile(
    rf"(?:(?P<place>{_PLACE}){_DATE},? ?)?\((?P<agency>{_AGENCIES})\)\s?(?:[-–—]{{1,2}}|:)\s"  # noqa: RUF001
)
_ANY_AGENCY = re.compile(
    rf"(?P<place>{_PLACE}){_DATE},? ?\((?P<agency>[A-Z][\w.&'’ -]{{1,40}})\)\s?[-–—]{{1,2}}\s"  # noqa: RUF001
)
_BARE = re.compile(rf"(?P<place>{_PLACE}){_DATE},? ?(?:--|[–—])\s")  # noqa: RUF001 - dashes
_HEAD_LINES = 3
_LONGEST_ACRONYM = 5
_TITLE_WORDS = range(4, 26)
_SEPARATOR = re.compile(r"\s[|–—:»·•-]\s")  # noqa: RUF001 - dashes as they stand in titles


def dateline(text: str) -> tuple[str | None, str | None]:
    """Place and agency at the head of one of the first lines, as written; the text keeps them."""
    for line in text.split("\n", _HEAD_LINES)[:_HEAD_LINES]:
        if match := _DATELINE.match(line) or _ANY_AGENCY.match(line):
            return match["place"], match["agency"]
    bare = _BARE.match(text)
    if bare and len(bare["place"]) >= _LONGEST_ACRONYM:
        return bare["place"], None
    return None, None


def byline(lines: Sequence[str], reasons: Reasons) -> str | None:
    """The first line taken out that says `By` somebody."""
    if "byline" not in reasons:
        return None
    for line, reason in zip(lines, reasons, strict=True):
        if reason == "byline" and (match := BYLINE.match(line)):
            return match[1]
    return None


def stamped(lines: Sequence[str], reasons: Reasons) -> str | None:
    """The day YYYY-MM-DD of the first line taken out that says one alone."""
    if "dateline_stamp" not in reasons:
        return None
    dates = (line for line, why in zip(lines, reasons, strict=True) if why == "dateline_stamp")
    return next(map(line_date, dates), None)


def title(lines: Sequence[str], reasons: Reasons) -> str | None:
    """The headline above the article: a first line taken out, on pages one that stands twice."""
    head: list[str] = []
    for line, reason in zip(lines, reasons, strict=True):
        if line and reason is None:
            break
        if line:
            head.append(line)
    if not head or len(head) == len([line for line in lines if line]):
        return None
    first = _SEPARATOR.split(head[0])[0]
    twice = len(head) <= _HEAD_LINES or first in head[1:]
    return first if twice and len(first.split()) in _TITLE_WORDS else None
