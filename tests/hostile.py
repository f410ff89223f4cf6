"""Hostile records: what can stand on news.raw, and what must become of each.

`kinds(max_bytes)` is deterministic. Every kind that should become an article has words of its own,
so that none is a duplicate of another.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from streams.reasons import Reason
from streams.stages.contract import Headers, Record

ARTICLE = "article"
_SYLLABLES = "ba ce di fo gu ha ji ke lo mu na pe ri so tu va wi xo yu za".split()
_LIMIT_DEPTH = 64
ARABIC_DAY = "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in "2025-01-01")


@dataclass(frozen=True, slots=True)
class Hostile:
    """A record and its outcome: `ARTICLE` (unique on news.unique) or a dead-letter reason."""

    name: str
    record: Record
    expected: str


def words(seed: str, number: int = 60) -> str:
    """Sentences of made-up words that no other seed shares."""
    found = []
    for n in range(number):
        digest = blake2b(f"{seed} {n}".encode(), digest_size=4).digest()
        word = "".join(_SYLLABLES[byte % len(_SYLLABLES)] for byte in digest)
        found.append(word.capitalize() if n % 12 == 0 else word)
        if n % 12 == 11:
            found[-1] += "."
    return " ".join(found)


def neighbours(number: int) -> list[Record]:
    """Good articles to stand between the hostile ones."""
    return [
        Record(_json(text=words(f"neighbour {n}"), source="Good", title=f"Neighbour {n}"))
        for n in range(number)
    ]


def kinds(max_bytes: int) -> list[Hostile]:
    """Every kind of hostile record; `max_bytes` is the limit that the pipeline has."""
    groups = (
        _bytes(max_bytes),
        _syntax(),
        _types(),
        _empty(),
        _unicode(),
        _times(),
        _addresses(),
        _shapes(),
        _fields(),
        _envelopes(),
    )
    return [hostile for group in groups for hostile in group]


def _json(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _value(name: str, value: bytes | None, expected: str = ARTICLE) -> Hostile:
    return Hostile(name, Record(value), expected)


def _article(name: str, **fields: Any) -> Hostile:
    return _value(name, _json(**{"text": words(name), **fields}))


def _bytes(max_bytes: int) -> Iterator[Hostile]:
    bare = words("bare").encode()
    yield _value("null value", None, Reason.NULL_VALUE)
    yield _value("no bytes", b"", Reason.EMPTY_TEXT)
    yield _value("white space", b" \t\r\n\v\f ", Reason.EMPTY_TEXT)
    yield _value("byte order mark alone", b"\xef\xbb\xbf", Reason.EMPTY_TEXT)
    yield _value("byte order mark and text", b"\xef\xbb\xbf" + words("mark").encode())
    yield _value("byte order mark and JSON", b"\xef\xbb\xbf" + _json(text=words("mark json")))
    yield _value("Latin-1", "Caf\xe9 ferm\xe9".encode("latin-1"), Reason.INVALID_UTF8)
    yield _value("Latin-1 in JSON", b'{"text":"Caf\xe9"}', Reason.INVALID_UTF8)
    yield _value("cut in a character", bare + "é".encode()[:1], Reason.INVALID_UTF8)
    yield _value("overlong", bare + b"\xc0\xaf", Reason.INVALID_UTF8)
    yield _value("surrogate as bytes", bare + b"\xed\xa0\x80", Reason.INVALID_UTF8)
    yield _value("UTF-16", words("wide").encode("utf-16"), Reason.INVALID_UTF8)
    yield _value("gzip", gzip.compress(bare, mtime=0), Reason.INVALID_UTF8)
    yield _value("10 MB of text", b"word " * 2_000_000, Reason.TOO_LARGE)
    yield _value("10 MB of JSON", _json(text="x" * 10_000_000), Reason.TOO_LARGE)
    yield _value("one byte too long", b"a" * (max_bytes + 1), Reason.TOO_LARGE)


def _syntax() -> Iterator[Hostile]:
    broken = {
        "cut off": b'{"text":"It ends in the mid',
        "cut after a key": b'{"text":',
        "two objects": b'{"text":"one"}{"text":"two"}',
        "garbage behind": b'{"text":"one"} trailing',
        "trailing comma": b'{"text":"one",}',
        "single quotes": b"{'text': 'as Python prints it'}",
        "comment": b'{"text":"one" /* two */}',
        "NaN": b'{"text":"one","score":NaN}',
        "Infinity": b'{"text":"one","score":Infinity}',
        "-Infinity": b'{"text":"one","score":-Infinity}',
        "line break in a string": b'{"text":"one\ntwo"}',
        "control character in a string": b'{"text":"one\x01two"}',
        "bad escape": b'{"text":"one\\xtwo"}',
        "leading zero": b'{"text":"one","score":01}',
        "high surrogate alone": b'{"text":"half \\ud83d pair"}',
        "low surrogate alone": b'{"text":"half \\ude00 pair"}',
        "surrogates the wrong way round": b'{"text":"\\ude00\\ud83d"}',
        "surrogate in a key": b'{"text":"one","\\ud83d":1}',
    }
    for name, value in broken.items():
        yield _value(name, value, Reason.INVALID_JSON)
    twice = b'{"text":"one","text":"two"}'
    yield _value("key twice", twice, Reason.DUPLICATE_KEY)
    yield _value("key twice inside", b'{"text":"one","x":[{"a":1,"a":2}]}', Reason.DUPLICATE_KEY)
    yield _value("key twice, once escaped", b'{"text":"a","t\\u0065xt":"b"}', Reason.DUPLICATE_KEY)
    for depth in (_LIMIT_DEPTH + 1, 100_000):
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            deep = opening * depth + b"1" + closing * depth
            name = f"{depth} levels of {opening.decode()[0]}"
            yield _value(name, b'{"text":"one","x":' + deep + b"}", Reason.TOO_DEEP)


def _types() -> Iterator[Hostile]:
    for name, value in {
        "array": b"[1,2,3]",
        "array of articles": b'[{"text":"one"},{"text":"two"}]',
        "number": b"42",
        "real number": b"-1.5e3",
        "true": b"true",
        "false": b"false",
        "null": b"null",
    }.items():
        yield _value(name, value, Reason.WRONG_TYPE)
    yield _value("a string of JSON", json.dumps(words("a string")).encode())
    yield _value("bracket of an editor", b"[Update 2] " + words("bracket").encode())
    wrong: dict[str, list[Any]] = {
        "text": [42, True, ["a", "list"], {"an": "object"}],
        "body": [["a", "list"]],
        "title": [7, ["a"]],
        "source": [False, {"name": "x"}],
        "url": [["https://a.example"], 1],
        "language": [["en"], 5],
        "published_at": [["2025-01-01"], True, {"year": 2025}],
        "scraped_at": [False, []],
        "id": [[1], True, {"a": 1}],
    }
    for field, values in wrong.items():
        for value in values:
            name = f"{field} is a {type(value).__name__}"
            yield _value(name, _json(**{"text": "one", field: value}), Reason.WRONG_TYPE)
    yield _value("integer too long", b'{"text":"one","x":' + b"9" * 30 + b"}", Reason.WRONG_TYPE)
    yield _value(
        "integer of a million digits",
        b'{"text":"one","x":' + b"9" * 1_000_000 + b"}",
        Reason.INVALID_JSON,
    )


def _empty() -> Iterator[Hostile]:
    yield _value("no fields", b"{}", Reason.MISSING_TEXT)
    yield _value("title alone", _json(title="Only this"), Reason.MISSING_TEXT)
    yield _value("text is null", b'{"text":null}', Reason.MISSING_TEXT)
    yield _value("text in capitals", b'{"TEXT":"one"}', Reason.MISSING_TEXT)
    yield _value("text of no characters", _json(text=""), Reason.EMPTY_TEXT)
    yield _value("both empty", _json(text="", body=" "), Reason.EMPTY_TEXT)
    yield _value("spaces of all kinds", _json(text=" \t\u00a0\u2003\u3000\n"), Reason.EMPTY_TEXT)
    yield _value(
        "zero width alone", _json(text="\u200b\u200c\u200d\u2060\ufeff"), Reason.EMPTY_TEXT
    )
    yield _value("control characters alone", _json(text="\x00\x01\x7f\x85"), Reason.EMPTY_TEXT)
    residue = "Related Links\n|Subscribe Free To Our Daily Newsletters\n|\n"
    yield _value("residue alone", _json(text=residue), Reason.EMPTY_TEXT)
    hidden = "<html><script>var a = 1;</script><!-- nothing --><p>&nbsp;</p></html>"
    yield _value("markup without a word", _json(text=hidden), Reason.EMPTY_TEXT)
    yield _article("null text, good body", text=None, body=words("good body"))
    yield _article("nulls everywhere", id=None, source=None, url=None, title=None, language=None)


def _unicode() -> Iterator[Hostile]:
    marks = {
        "NUL": "\x00",
        "control characters": "\x01\x08\x1b[31m\x7f\x85",
        "bidirectional overrides": "\u202e\u2066\u202d\u2069\u202c",
        "zero width": "\u200b\u200d\ufeff\u2060",
        "combining marks": "e" + "\u0301" * 500,
        "line separators": "\u2028\u2029\x0b\x0c\x1c",
        "private use and unassigned": "\ue000\U000f0000\u0378\uffff\U0010ffff",
        "emoji": "👩🏽\u200d🚒🇵🇪👨\u200d👩\u200d👧",
        "replacement characters": "\ufffd" * 50,
    }
    for name, mark in marks.items():
        yield _article(name, text=f"{mark}{words(name)}{mark} {mark} {words(name + ' 2')}{mark}")
        yield _article(
            f"{name} in fields", title=mark, source=mark, url=f"https://a.example/{mark}"
        )
    yield _value("carriage returns", words("returns").replace(" ", "\r", 20).encode())


def _times() -> Iterator[Hostile]:
    times: list[Any] = [
        "", "yesterday", "0000-00-00", "2025-02-30", "1066-10-14", "9999-12-31T23:59:59.999999999Z",
        "99999-01-01", "-0044-03-15", "2025-13-45T99:99:99+99:99", "12/13/2025", ARABIC_DAY,
        "2025-06-01T12:00:00+23:59", "9999-12-31T23:59:59-23:59", "2025-W23-1", "1" * 400,
        "Feb 31, 2025", "31 April 2025 25:00", "\x00", 0, -1, 1e18, -1e308, 2**63 - 1,
        1748736000000, 0.1,
    ]  # fmt: skip
    for n, when in enumerate(times):
        yield _article(f"time {n}", published_at=when, scraped_at=when)
    for n, day in enumerate(("0000-99-99", "9999-12-31", "2024-02-30", ARABIC_DAY)):
        yield _value(f"stamp {n}", f" date {day} {words(f'stamp {n}')}".encode())
    yield _value("a thousand stamps", ("date 2024-01-01 " * 1000 + words("stamps")).encode())


def _addresses() -> Iterator[Hostile]:
    addresses = [
        "javascript:alert(1)", "http://", "http://[::1", "http://[zz]/a", "https://a.example:99999/x",
        "https://a.example:port/x", "http://%zz/%", "//a.example/x", "https://xn--.example/a",
        "https://" + "a" * 300 + ".example/x", "https://a.example/" + "x" * 1_000_000,
        "https://a.example/?" + "a=1&" * 20_000, "https://user:word@a.example/x\ny",
        "\\\\host\\share",
        "https://ß.example/ä?ö=ü#é", "https://a.example/%ff%fe", "http://1.2.3.4.5.6/x", "https://\u202ea.example/x",
    ]  # fmt: skip
    for n, url in enumerate(addresses):
        yield _article(f"address {n}", url=url, source=f"address {n}")


def _shapes() -> Iterator[Hostile]:
    def shape(name: str, before: str, after: str = "") -> Hostile:
        return _article(name, text=f"{words(name)}\n{before}{words(name + ' 2')}{after}")

    yield shape("a line of 200 kB", "word " * 40_000)
    yield shape("a word of 200 kB", "a" * 200_000)
    yield shape("30,000 lines", "line\n" * 30_000)
    yield shape("30,000 blank lines", "\n" * 30_000)
    yield shape("30,000 lines of bars", "|\n" * 30_000)
    yield shape("spaces", " " * 200_000)
    yield shape("full stops", ". " * 30_000)
    yield shape("open brackets", "<" * 30_000)
    yield shape("open tags", "<a href='" * 20_000)
    yield shape("open comments", "<!-- " * 20_000)
    yield shape("unclosed script", "<script>" * 10_000)
    yield shape("nested elements", "<div>" * 20_000, "</div>" * 20_000)
    yield shape("ampersands", "&" * 30_000)
    yield shape("entities cut off", "&am" * 30_000)
    yield shape("entities in entities", "&" + "amp;" * 20_000 + "lt;")
    yield shape("quotation marks", "“\"'" * 30_000)
    yield shape("capital words", "Alpha Beta of the Gamma " * 2_000)
    yield shape("initials", "A.B.C.D." * 12_000)
    yield shape("sign-offs", "abc-de/fgh\n" * 10_000)
    yield shape("digits and slashes", "1/2-3." * 20_000)
    yield shape("Related Links", "Related Links\n" * 10_000)
    yield shape("one word in every script", "Ελλάδα Москва 東京 القاهرة תל ไทย देश " * 3_000)
    yield _article("title of 1 MB", title="Title " * 160_000)
    yield _article("title of brackets", title="<" * 50_000 + "&" * 50_000)
    yield _article("one word", text="Qzxyloph")
    yield _article("one letter", text="Q")
    yield _value("HTML page", f"<!DOCTYPE html><html><p>{words('page')}</p></html>".encode())


def _fields() -> Iterator[Hostile]:
    deep: Any = 1
    for _ in range(_LIMIT_DEPTH - 2):
        deep = [deep]
    yield _article("deep unknown field", custom=deep)
    yield _article("2,000 unknown fields", **{f"field_{n}": n for n in range(2_000)})
    yield _article("empty key", **{"": "x", " ": "y", "\x00": "z"})
    yield _article("key of 100 kB", **{"k" * 100_000: 1})
    yield _article(
        "names of our own fields",
        schema="newswire.article/9", article_id="x", entities="none", dedup=5,
        extra={"extra": {"extra": 1}}, routes=[None], removed=[{"start": -5}],
    )  # fmt: skip
    yield _article("names that languages fear", __proto__={"a": 1}, constructor="x", __class__="y")
    yield _article("nonsense language", language="no-such-language-" + "x" * 10_000)
    yield _article("largest integers", id=2**63 - 1, big=2**64 - 1, small=-(2**63))
    yield _article("id of 100 kB", id="i" * 100_000)
    yield _article(
        "formulas and markup in fields", title="=1+1", source="<b onclick=x>", id="../.."
    )


def _envelopes() -> Iterator[Hostile]:
    keys = {"empty": b"", "binary": bytes(range(256)), "100 kB": b"k" * 100_000}
    for name, key in keys.items():
        yield Hostile(f"key: {name}", Record(_json(text=words(f"key {name}")), key), ARTICLE)
    headers: dict[str, Headers] = {
        "repeated": (("a", b"1"), ("a", b"2"), ("a", b"")),
        "no name": (("", b"x"),),
        "binary": (("a", bytes(range(256))), ("\u202e", b"\xff")),
        "a thousand": tuple((f"h{n}", b"x") for n in range(1_000)),
        "ours": (("origin", b"not coordinates"), ("reason", b"x"), ("schema", b"\xff")),
    }
    for name, pairs in headers.items():
        record = Record(_json(text=words(f"headers {name}")), None, pairs)
        yield Hostile(f"headers: {name}", record, ARTICLE)
    yield Hostile("tombstone", Record(None, b"key", (("a", b"1"),)), Reason.NULL_VALUE)
