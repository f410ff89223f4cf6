"""HTML and control characters left in a text, as edits; offsets stay those of the raw text."""

import html
import re

from streams.records import RemovedReason
from streams.stages.clean.edits import Edit, apply

_BLOCK = (
    "address|article|aside|blockquote|br|center|dd|div|dl|dt|fieldset|figcaption|figure|footer"
    "|form|h1|h2|h3|h4|h5|h6|header|hr|legend|li|main|nav|ol|option|p|pre|section|select|table"
    "|tbody|td|tfoot|th|thead|title|tr|ul"
)
_INLINE = (
    "a|abbr|acronym|amp-img|audio|b|base|bdi|bdo|big|body|button|caption|cite|code|col|colgroup"
    "|data|del|dfn|em|embed|font|head|html|i|iframe|img|input|ins|kbd|label|link|map|mark|meta"
    "|noscript|object|param|picture|q|s|samp|small|source|span|strike|strong|sub|sup|svg|template"
    "|textarea|time|tt|u|var|video|wbr"
)
_HIDDEN = ("script", "style")
_NAMES = "|".join([_BLOCK, _INLINE, *_HIDDEN])
_TOKEN = re.compile(
    rf"<(?P<close>/?)(?P<tag>{_NAMES})(?P<attributes>[\s/][^<>]*)?>|(?P<comment><!--)|<!doctype[^<>]*>"
    r"|&(?:amp;)*(?P<entity>#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});"
    r"|(?P<crlf>\r(?=\n))|(?P<line>[\r\x0b\x0c\x85\u2028\u2029])"
    r"|(?P<control>[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\ufeff])",
    re.IGNORECASE,
)
_CLOSERS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _HIDDEN} | {
    "comment": re.compile("-->")
}
_WITHOUT_VALUE = frozenset(
    "allowfullscreen async autofocus autoplay checked compact controls default defer disabled"
    " hidden inert ismap itemscope loop multiple muted nomodule noshade novalidate nowrap open"
    " playsinline readonly required reversed selected".split()
)
_TICKER = re.compile(r"<[A-Z]{1,4}>")
_CLOSING = re.compile(r"</([a-z][a-z0-9]*)\s*>", re.IGNORECASE)
_NEVER_CLOSED = frozenset("base br col embed hr img input link meta param wbr".split())
_SELDOM_CLOSED = frozenset("dd dt li option tbody td tfoot th thead tr".split())
_BLOCKS = frozenset(_BLOCK.split("|"))
_HARMLESS = bytes({*range(0x20, 0x7F), *b"\t\n"} - {*b"<&"})
_SINGLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\ufeff\u2028\u2029]")


def edits(text: str) -> list[Edit]:
    """Edits that leave plain text: tags, scripts, comments, entities, control characters.

    Line ends become line feeds. Block tags become line feeds, inline tags nothing. Bidirectional
    marks and joiners stay, since scripts need them. No replacement is over one character.
    Names in angle brackets, as wires write companies (`<Video Shopping Mall Inc>`, `<DD>`), stay.
    """
    if not _may_hold_markup(text):
        return []
    found: list[Edit] = []
    unclosed: set[str] = set()
    closed = {name.lower() for name in _CLOSING.findall(text)}
    at = 0
    while match := _TOKEN.search(text, at):
        if match["tag"] and _is_name(match, closed):
            at = match.end()
            continue
        edit = _edit(text, match, unclosed)
        at = edit[1]
        if text[edit[0] : at] != edit[3]:
            found.append(edit)
    return found


def _may_hold_markup(text: str) -> bool:
    if text.isascii():
        return bool(text.encode("ascii").translate(None, _HARMLESS))
    return "<" in text or "&" in text or not text.replace("\n", "").isprintable()


def _is_name(match: re.Match[str], closed: set[str]) -> bool:
    """Whether it only looks like a tag; `closed` are the tags closed somewhere in the text."""
    tag = match["tag"].lower()
    if _TICKER.fullmatch(match[0]) and tag not in _NEVER_CLOSED:
        return not closed if tag in _SELDOM_CLOSED else tag not in closed
    attributes = match["attributes"] or ""
    bare = attributes.lower().replace("/", " ").split()
    return "=" not in attributes and not _WITHOUT_VALUE.issuperset(bare)


def _edit(text: str, match: re.Match[str], unclosed: set[str]) -> Edit:
    start, end = match.span()
    kind = match.lastgroup
    if kind in ("crlf", "line"):
        return start, end, "whitespace", "" if kind == "crlf" else "\n"
    if kind == "entity":
        return start, *_decoded(match)
    tag = (match["tag"] or kind or "").lower()
    if kind == "comment" or (tag in _HIDDEN and not match["close"]):
        end = _closed(text, tag, end, unclosed)
    return start, end, "markup", "\n" if tag in _BLOCKS else ""


def _closed(text: str, name: str, start: int, unclosed: set[str]) -> int:
    """Where the hidden part ends; without an end only its opening is taken out."""
    if name in unclosed:
        return start
    closer = _CLOSERS[name].search(text, start)
    if closer is None:
        unclosed.add(name)
        return start
    return closer.end()


def _decoded(match: re.Match[str]) -> tuple[int, RemovedReason, str]:
    """Where the edit of an entity ends, and the character in its place.

    However often it was escaped; an unknown entity stays, with one ampersand.
    """
    innermost = f"&{match['entity']};"
    character = html.unescape(innermost)
    if len(character) == 1:
        return match.end(), "markup", "" if _SINGLE.match(character) else character
    known = match.end() - len(innermost) + 1
    return (
        (known, "markup", "&") if known > match.start() + 1 else (match.end(), "markup", innermost)
    )


def plain(text: str) -> str:
    """A short text such as a title without markup and with single spaces."""
    return " ".join(html.unescape(apply(text, edits(text))).split())
