"""The clean stage: raw articles in, articles with a clean text and known fields out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from streams.identity import article_id
from streams.reasons import Reason
from streams.records import Article, Removed
from streams.stages.clean import fields, furniture, markup, rules
from streams.stages.clean.cut import line_edits
from streams.stages.clean.edits import Edit, apply, composed, joined
from streams.stages.clean.language import language
from streams.stages.clean.raw import RawArticle
from streams.stages.clean.wrapped import mid_sentence
from streams.stages.contract import DeadLetter


def clean(raws: Sequence[RawArticle]) -> list[Article | DeadLetter]:
    """One article per raw article, in order; empty_text where only residue was there.

    Replacing the `removed` spans of the raw text by their replacements gives `text`.
    """
    plains = [_plain(raw) for raw in raws]
    bodies = [[line.strip() for line in plain.text[plain.head :].split("\n")] for plain in plains]
    decided = [rules.reasons(body) for body in bodies]
    _add_furniture(bodies, decided)
    return [
        _cut(raw, plain, body, found)
        for raw, plain, body, found in zip(raws, plains, bodies, decided, strict=True)
    ]


def _add_furniture(bodies: Sequence[Sequence[str]], decided: Sequence[rules.Reasons]) -> None:
    """What the models say of the lines that no rule took out."""
    left = [[number for number, reason in enumerate(found) if reason is None] for found in decided]
    texts = [
        "\n".join([body[number] for number in numbers])
        for body, numbers in zip(bodies, left, strict=True)
    ]
    for body, found, numbers, reasons in zip(
        bodies, decided, left, furniture.reasons(texts), strict=True
    ):
        for number, reason in zip(numbers, reasons, strict=False):
            if reason is not None and not mid_sentence(body, number):
                found[number] = reason


@dataclass(slots=True, frozen=True)
class _Plain:
    """A raw text without markup: the edits that made it, and where its date stamp ends."""

    text: str
    edits: list[Edit]
    claimed: str | None
    head: int


def _plain(raw: RawArticle) -> _Plain:
    edits = markup.edits(raw.text)
    text = apply(raw.text, edits) if edits else raw.text
    return _Plain(text, edits, *claimed_date(text))


def _cut(
    raw: RawArticle, plain: _Plain, body: Sequence[str], decided: rules.Reasons
) -> Article | DeadLetter:
    stated = fields.title(body, decided), fields.byline(body, decided)
    claimed = plain.claimed or fields.stamped(body, decided)
    lines = plain.text.split("\n")
    reasons = [None] * (len(lines) - len(decided)) + decided
    edits = joined(composed(plain.edits, line_edits(lines, reasons, plain.head)))
    text = apply(raw.text, edits)
    if not any(char.isprintable() and char != " " for char in text):
        return DeadLetter(Reason.EMPTY_TEXT, "only residue")
    return _article(raw, text, edits, claimed, stated)


def _article(
    raw: RawArticle,
    text: str,
    edits: Sequence[Edit],
    claimed: str | None,
    stated: tuple[str | None, str | None],
) -> Article:
    extra = dict(raw.extra)
    title = markup.plain(raw.title) or None if raw.title else None
    if raw.title and title != raw.title:
        extra["title"] = raw.title
    place, agency = fields.dateline(text)
    claimed_at = f"{claimed}T00:00:00Z" if claimed else None
    return Article(
        article_id=article_id(raw.source, raw.url, raw.text),
        source_id=raw.source_id,
        source=raw.source,
        url=raw.url,
        title=title or stated[0],
        byline=stated[1],
        agency=agency,
        place=place,
        published_at=raw.published_at or claimed_at,
        published_from="field" if raw.published_at else "claimed_date" if claimed else None,
        claimed_date=claimed,
        scraped_at=raw.scraped_at,
        language=raw.language or language(text),
        text=text,
        removed=[Removed(start=s, end=e, reason=r, replacement=new) for s, e, r, new in edits],
        extra=extra,
    )


def claimed_date(text: str) -> tuple[str | None, int]:
    """The date of a leading stamp `date YYYY-MM-DD`, and where the stamp ends.

    None where there is no stamp, or no such day.
    """
    stamp = rules.STAMP.match(text)
    if stamp is None:
        return None, 0
    try:
        date.fromisoformat(stamp[1])
    except ValueError:
        return None, stamp.end()
    return stamp[1], stamp.end()
