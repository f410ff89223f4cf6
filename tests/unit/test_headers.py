"""Headers that trace a record: anybody may have written them."""

import pytest

from streams.headers import coordinates, parse_coordinates


def test_coordinates_are_read_back() -> None:
    assert parse_coordinates(coordinates("news.raw", 3, 88_120)) == ("news.raw", 3, 88_120)


@pytest.mark.parametrize(
    "text",
    [b"", b"news.raw", b"a:1", b"a:-1:2", b"a:1:" + b"9" * 5_000, "a:²:³".encode(), b"\xff:1:"],
)
def test_what_is_no_coordinates_is_none(text: bytes) -> None:
    assert parse_coordinates(text) is None
