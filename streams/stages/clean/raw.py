"""Raw records: bytes as a scraper sent them, told apart into a text and known fields."""

import re
from dataclasses import dataclass, field
from typing import Any

from streams.reasons import Reason
from streams.stages.clean.languages import primary_subtag
from streams.stages.clean.strict_json import MAX_DEPTH, depth, is_json, load_object
from streams.stages.clean.times import to_rfc3339
from streams.stages.contract import Record, Refused

_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n\f\v"
_TEXTS = ("text", "body")
_NO_OBJECT = re.compile(rb"[\[\dtfn-]")


@dataclass(slots=True, kw_only=True)
class RawArticle:
    """A raw record with its text untouched; what fits no field is kept under `extra`."""

    text: str
    source_id: str | None = None
    source: str | None = None
    url: str | None = None
    title: str | None = None
    published_at: str | None = None
    scraped_at: str | None = None
    language: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def parse(record: Record, max_bytes: int) -> RawArticle:
    """The raw article in a record of `news.raw`: a JSON object, or bare text.

    Raises:
        Refused: null_value, too_large, invalid_utf8, empty_text, what `load_object` refuses,
            wrong_type (JSON that is no object, or a known field of a wrong type), missing_text.
    """
    value = record.value
    if value is None:
        raise Refused(Reason.NULL_VALUE, "no value")
    if len(value) > max_bytes:
        raise Refused(Reason.TOO_LARGE, f"{len(value)} bytes, at most {max_bytes}")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(Reason.INVALID_UTF8, f"{error.reason} at byte {error.start}") from None
    content = value.removeprefix(_BOM).strip(_SPACE)
    if content.startswith(b"{"):
        return _from_object(load_object(content))
    _refuse_other_json(content)
    return RawArticle(text=_with_words(text))


def _refuse_other_json(content: bytes) -> None:
    if not _NO_OBJECT.match(content):
        return
    if content.startswith(b"[") and content.endswith(b"]") and depth(content) > MAX_DEPTH:
        raise Refused(Reason.TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels")
    if is_json(content):
        raise Refused(Reason.WRONG_TYPE, "the JSON is no object")


def _with_words(text: str) -> str:
    if not text.lstrip("\ufeff").strip():
        raise Refused(Reason.EMPTY_TEXT, "the text is empty")
    return text


def _from_object(found: dict[str, Any]) -> RawArticle:
    fields = {name: _take(found, name, str) for name in ("source", "url", "title")}
    language = _take(found, "language", str)
    times = {name: _take(found, name, (str, int, float)) for name in ("published_at", "scraped_at")}
    source_id = _take(found, "id", (str, int))
    raw = RawArticle(
        text=_take_text(found),
        source_id=None if source_id is None else str(source_id),
        language=primary_subtag(language) if language else None,
        **fields,
    )
    raw.published_at, raw.scraped_at = (
        None if when is None else to_rfc3339(when) for when in times.values()
    )
    raw.extra = found
    _keep_unread(raw, {**times, "language": language})
    return raw


def _keep_unread(raw: RawArticle, given: dict[str, Any]) -> None:
    """Under `extra` goes what a field could not take over whole."""
    for name, value in given.items():
        stored = getattr(raw, name)
        shortened = name == "language" and stored != value
        if value is not None and (stored is None or shortened):
            raw.extra[name] = value


def _take(found: dict[str, Any], name: str, kind: type | tuple[type, ...]) -> Any:
    """The field, removed from `found`; None and blank strings count as absent."""
    value = found.pop(name, None)
    if isinstance(value, str):
        value = value.strip() or None
    if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
        raise Refused(Reason.WRONG_TYPE, f"the field {name} is of type {_json_type(value)}")
    return value


def _json_type(value: Any) -> str:
    names = {dict: "object", list: "array", bool: "boolean", str: "string"}
    return names.get(type(value), "number")


def _take_text(found: dict[str, Any]) -> str:
    """`text`, else `body`; with words in both, `text` is taken and `body` stays in extra."""
    for name in _TEXTS:
        if not isinstance(found.get(name), (str, type(None))):
            raise Refused(
                Reason.WRONG_TYPE, f"the field {name} is of type {_json_type(found[name])}"
            )
    given = [name for name in _TEXTS if found.get(name) is not None]
    if not given:
        raise Refused(Reason.MISSING_TEXT, "neither text nor body")
    chosen = next((name for name in given if found[name].strip()), given[0])
    text = _with_words(found.pop(chosen))
    for name in _TEXTS:
        if name in found and found[name] is None:
            del found[name]
    return text
