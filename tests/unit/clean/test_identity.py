import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.identity import article_id, canonical_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Example.COM:80/a%7eb/%c3%bc#part", "http://example.com/a~b/%C3%BC"),
        ("https://x.example/a?utm_source=n&b=2&fbclid=1&a=1", "https://x.example/a?a=1&b=2"),
        ("https://b\u00fccher.example/\u00fc", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://u:p@x.example:8443/a b", "https://x.example:8443/a%20b"),
        ("https://x.example/a%2fb%2525", "https://x.example/a%2Fb%2525"),
        ("https://[::1]:8443/a", "https://[::1]:8443/a"),
        ("https://x.example/?p=3", "https://x.example/?p=3"),
        (" https://x.example/a ", "https://x.example/a"),
    ],
)
def test_one_form_for_all_spellings(url: str, expected: str) -> None:
    assert canonical_url(url) == expected
    assert canonical_url(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "n/a",
        "/a/b",
        "ftp://x.example/a",
        "https://x.example/",
        "https://x.example/?utm_id=1",
        "http://x.example:99999/a",
        "http://[::1/a",
        "https://" + "\u00e9" * 70 + ".example/a",
    ],
)
def test_what_names_no_article_is_none(url: str) -> None:
    assert canonical_url(url) is None


@given(st.text(max_size=30))
def test_any_text_is_taken(rest: str) -> None:
    once = canonical_url("https://x.example/" + rest)
    assert once is None or canonical_url(once) == once


def test_the_id_follows_the_address_and_the_source() -> None:
    here = article_id("a", "https://x.example/1?utm_source=z", "old")
    assert here == article_id("a", "https://X.example/1", "new")
    assert here != article_id("b", "https://x.example/1", "old")
    assert len(here) == 32


def test_the_id_follows_the_text_without_an_address() -> None:
    assert article_id("a", "https://x.example/", "t") == article_id("a", None, "t")
    assert article_id("a", None, "t") != article_id("a", None, "u")
