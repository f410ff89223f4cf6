"""Times as scrapers write them, made RFC 3339 in UTC, or refused rather than guessed."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

EARLIEST_YEAR = 1400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6))
_DIGIT_FORMS = {4: None, 8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_CLOCK = (
    r"(?:[\s,]+(?:at\s+)?(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*"
    r"(?P<zone>(?:utc|gmt)?[+-]\d\d:?\d\d|utc|gmt|z|[ecmp][sd]t)?(?:\s*\([^()]*\))?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_NAMED = [
    re.compile(rf"{_WEEKDAY}{date}{_CLOCK}", re.IGNORECASE)
    for date in (
        r"(?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?P<month>[a-z]{3,9})\.?,?[\s-]+(?P<year>\d{4})",
        r"(?P<year>\d{4})[/.](?P<monthnumber>\d{1,2})[/.](?P<day>\d{1,2})",
    )
]
_C_LIKE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d? [\d:]{8} (?:[+-]\d{4} )?\d{4}")
_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}


def to_rfc3339(value: str | float) -> str | None:
    """`value` as RFC 3339 in UTC, or None when it is no time that we are sure of.

    Takes ISO 8601, RFC 2822, English month names, YYYY/MM/DD, and Unix times in seconds,
    milliseconds or microseconds. No zone means UTC, no clock means midnight. None for
    day-month orders that can be read two ways, years before 1400 and after 9999.
    """
    try:
        moment = _from_number(value) if isinstance(value, (int, float)) else _from_text(value)
        if moment is None:
            return None
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    if moment.year < EARLIEST_YEAR:
        return None
    return moment.isoformat().replace("+00:00", "Z")


def _from_number(number: float) -> datetime | None:
    for bound, scale in _UNITS:
        if abs(number) < bound:
            return _EPOCH + timedelta(seconds=number / scale)
    return None


def _from_text(text: str) -> datetime | None:
    text = text.strip()
    if len(text) > 64:  # noqa: PLR2004 - no time is longer
        return None
    if re.fullmatch(r"-?[0-9]+", text):
        return _from_digits(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text) if _C_LIKE.fullmatch(text) else _from_names(text)


def _from_digits(text: str) -> datetime | None:
    if len(text) in _DIGIT_FORMS:
        form = _DIGIT_FORMS[len(text)]
        return datetime.strptime(text, form) if form else None  # noqa: DTZ007 - UTC is set later
    return _from_number(int(text)) if len(text) in (10, 13, 16) else None


def _from_names(text: str) -> datetime | None:
    match = next((m for form in _NAMED if (m := form.fullmatch(text))), None)
    if match is None:
        return None
    part = match.groupdict()
    number = part.get("monthnumber")
    month = int(number) if number else _MONTHS[_month_key(part["month"])]
    day = datetime(int(part["year"]), month, int(part["day"]))  # noqa: DTZ001 - zone follows
    clock = timedelta(
        hours=_hour(part["hour"], part["half"]),
        minutes=int(part["minute"] or 0),
        seconds=int(part["second"] or 0),
    )
    return (day + clock - _zone(part["zone"])).replace(tzinfo=UTC)


def _month_key(name: str) -> str:
    key = name.lower()[:3]
    if key not in _MONTHS:
        raise ValueError("no month")
    return key


def _hour(hour: str | None, half: str | None) -> int:
    number = int(hour or 0)
    limit = 12 if half else 23
    if number > limit:
        raise ValueError("no hour")
    if half:
        return number % 12 + (12 if half[0] in "pP" else 0)
    return number


def _zone(zone: str | None) -> timedelta:
    name = (zone or "").lower()
    if not name or name in ("utc", "gmt", "z"):
        return timedelta()
    if name in _ZONES:
        return timedelta(hours=_ZONES[name])
    digits = re.sub(r"\D", "", name)
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if "-" in name else offset
