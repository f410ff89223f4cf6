import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.reasons import Reason
from streams.stages.clean import RawArticle, parse
from streams.stages.contract import Record, Refused

LIMIT = 100_000


def read(value: bytes | str) -> RawArticle:
    return parse(Record(value.encode() if isinstance(value, str) else value), LIMIT)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.NULL_VALUE),
        (b"", Reason.EMPTY_TEXT),
        (b"  \n\t", Reason.EMPTY_TEXT),
        (b"\xef\xbb\xbf \n", Reason.EMPTY_TEXT),
        (b'{"text": " "}', Reason.EMPTY_TEXT),
        (b"caf\xe9", Reason.INVALID_UTF8),
        (b"\xff\xfeh\0i\0", Reason.INVALID_UTF8),
        (b"\xed\xa0\x80", Reason.INVALID_UTF8),
        (b"x" * (LIMIT + 1), Reason.TOO_LARGE),
        (b'{"text": "cut o', Reason.INVALID_JSON),
        (b'{"text": "a"} {"text": "b"}', Reason.INVALID_JSON),
        (b"{'text': 'a'}", Reason.INVALID_JSON),
        (b'{"text": "a", "n": NaN}', Reason.INVALID_JSON),
        (b'{"text": "a", "n": -Infinity}', Reason.INVALID_JSON),
        (b'{"text": "a", "n": 1e999}', Reason.INVALID_JSON),
        (b'{"text": "\\ud800"}', Reason.INVALID_JSON),
        (b'{"text": "a", "\\udc00": 1}', Reason.INVALID_JSON),
        (b'{"text": "a\nb"}', Reason.INVALID_JSON),
        (b'{"text": "a",}', Reason.INVALID_JSON),
        (b'{"text": "a", "text": "b"}', Reason.DUPLICATE_KEY),
        (b'{"text": "a", "te\\u0078t": "b"}', Reason.DUPLICATE_KEY),
        (b'{"text": "a", "x": [{"y": {"z": 1, "z": 1}}]}', Reason.DUPLICATE_KEY),
        (b'{"text": "a", "x": ' + b"[" * 64 + b"]" * 64 + b"}", Reason.TOO_DEEP),
        (b'{"text": "a", "x": ' + b'{"a":' * 40_00 + b"1" + b"}" * 40_01, Reason.TOO_DEEP),
        (b'{"a":' * 15_000, Reason.TOO_DEEP),
        (b"[" * 40_000 + b"]" * 40_000, Reason.TOO_DEEP),
        (b'{"text": "a", "n": 123456789012345678901234567890}', Reason.WRONG_TYPE),
        (b'{"text": "a", "n": -9223372036854775809}', Reason.WRONG_TYPE),
        (b'{"text": "a", "n": 0.1234567890123456789}', Reason.WRONG_TYPE),
        (b'{"text": "a", "n": 1e-400}', Reason.WRONG_TYPE),
        (b"null", Reason.WRONG_TYPE),
        (b" true ", Reason.WRONG_TYPE),
        (b"12.5", Reason.WRONG_TYPE),
        (b'["a", {"text": "b"}]', Reason.WRONG_TYPE),
        (b'{"title": "a"}', Reason.MISSING_TEXT),
        (b"{}", Reason.MISSING_TEXT),
        (b'{"text": null}', Reason.MISSING_TEXT),
    ],
)
def test_a_hostile_record_is_refused_for_its_reason(value: bytes | None, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        parse(Record(value), LIMIT)
    assert refused.value.letter.reason is reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 1),
        ("body", ["a"]),
        ("id", True),
        ("id", 1.5),
        ("source", {"name": "a"}),
        ("url", 7),
        ("title", ["a"]),
        ("published_at", {"$date": 1}),
        ("published_at", False),
        ("language", ["en"]),
        ("scraped_at", []),
    ],
)
def test_a_known_field_of_a_wrong_type_is_named(name: str, value: object) -> None:
    with pytest.raises(Refused) as refused:
        read(orjson.dumps({"text": "words", name: value}))
    assert refused.value.letter.reason is Reason.WRONG_TYPE
    assert f"the field {name} " in refused.value.letter.detail


def test_a_detail_never_holds_the_body() -> None:
    with pytest.raises(Refused) as refused:
        read('{"text": "secret words", oops}')
    assert "secret" not in str(refused.value)


def test_every_field_is_taken_and_the_rest_kept() -> None:
    raw = read(
        orjson.dumps(
            {
                "text": "words",
                "id": 17,
                "source": "Harbour Post",
                "url": "https://post.example/a",
                "title": "T",
                "published_at": "Fri, 01 Nov 2024 10:00:00 +0200",
                "scraped_at": 1_730_455_200,
                "language": "en-GB",
                "tags": ["a", {"b": 1.5}],
            }
        )
    )
    assert raw == RawArticle(
        text="words",
        source_id="17",
        source="Harbour Post",
        url="https://post.example/a",
        title="T",
        published_at="2024-11-01T08:00:00Z",
        scraped_at="2024-11-01T10:00:00Z",
        language="en",
        extra={"tags": ["a", {"b": 1.5}], "language": "en-GB"},
    )


def test_text_wins_over_body_which_is_kept() -> None:
    raw = read('{"body": "b", "text": "t"}')
    assert (raw.text, raw.extra) == ("t", {"body": "b"})


def test_a_body_with_words_wins_over_a_blank_text() -> None:
    raw = read('{"body": "b", "text": " "}')
    assert (raw.text, raw.extra) == ("b", {"text": " "})
    assert read('{"body": "b", "text": null}').extra == {}


@pytest.mark.parametrize("when", ["yesterday", "01/02/2024", "0999-01-01", "12024-01-01"])
def test_a_time_that_is_none_is_null_and_kept(when: str) -> None:
    raw = read(orjson.dumps({"text": "t", "published_at": when}))
    assert raw.published_at is None
    assert raw.extra == {"published_at": when}


@pytest.mark.parametrize(
    "value",
    [
        "A plain article.",
        '"Quoted," he said.',
        "[Update] A flood.",
        "12 dead in flood",
        '"json"',
        "nullified",
        "NaN",
        "\ufeff{ not an object"[1:].replace("{", "("),
    ],
)
def test_what_is_no_json_is_bare_text_untouched(value: str) -> None:
    assert read(value) == RawArticle(text=value)


def test_a_byte_order_mark_before_an_object_is_no_part_of_it() -> None:
    assert read(b'\xef\xbb\xbf{"text": "t"}').text == "t"


def test_brackets_in_strings_are_not_depth() -> None:
    assert read(orjson.dumps({"text": "[" * 500 + '\\"[{'})).text.startswith("[[")


@pytest.mark.parametrize(
    "number",
    [
        "18446744073709551615",
        "-9223372036854775808",
        "0.1",
        "1e22",
        "-0.0",
        "0e5",
        "0.10000000000000001",
        "0.1000000000000000055511151231257827",
        "51.50735091234567",
    ],
)
def test_numbers_that_survive_are_kept(number: str) -> None:
    assert float(read(f'{{"text": "t", "n": {number}}}').extra["n"]) == float(number)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text().map("x_{}".format), JSON, max_size=4))
def test_unknown_fields_come_through_as_they_are(extra: dict[str, object]) -> None:
    raw = read(orjson.dumps({"text": "words", **extra}))
    assert orjson.dumps(raw.extra) == orjson.dumps(extra)


@given(st.binary(max_size=60) | st.binary(max_size=40).map(lambda b: b'{"text":"' + b))
def test_any_bytes_are_an_article_or_refused(value: bytes) -> None:
    try:
        raw = parse(Record(value), LIMIT)
    except Refused:
        return
    assert raw.text.strip()
