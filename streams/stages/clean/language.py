"""The language of a text: English by its commonest words, others by py3langid, or none at all."""

from functools import cache
from typing import Any

SEEN_CHARACTERS = 300
FEWEST_BYTES = 30
LEAST_CONFIDENCE = 0.8
_ENGLISH = (" the ", " of ", " and ", " to ", " that ", " with ", " said ", " from ")
_ENGLISH_EVERY = 120
_ENGLISH_SEEN = 600
_DISTINCT = 3


@cache
def _identifier() -> Any:
    """The identifier with its model; loaded once, by the first text that is not plainly English."""
    from py3langid import langid  # noqa: PLC0415 - half a second that most workers never need

    return langid._load_identifier(norm_probs=True)  # noqa: SLF001 - its public form hides odds


def language(text: str) -> str | None:
    """A lower-case ISO 639-1 code, or None for a text too short or too mixed to tell.

    Looks at 600 characters for English, at `SEEN_CHARACTERS` for others;
    English creoles and Scots pass as English.
    """
    seen = text[:_ENGLISH_SEEN]
    common = [seen.count(word) for word in _ENGLISH]
    is_marked = common[0] or sum(map(bool, common)) >= _DISTINCT
    if is_marked and sum(common) * _ENGLISH_EVERY >= len(seen) > _ENGLISH_EVERY:
        return "en"
    seen = text[:SEEN_CHARACTERS]
    if len(seen.encode("utf-8", "replace")) < FEWEST_BYTES:
        return None
    code, confidence = _identifier().classify(seen)
    return str(code) if confidence >= LEAST_CONFIDENCE and len(code) in (2, 3) else None
