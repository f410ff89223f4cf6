"""Files of routes: TOML (`[[route]]`), a JSON list, or JSON lines."""

import re
import tomllib
from pathlib import Path
from typing import Any

import orjson

from streams.stages.routes.record import InvalidRoute, Route, from_value, json_object

_TOML_TABLE = re.compile(r"\s*\[+\s*[A-Za-z_]")


def read_file(path: Path) -> list[Route]:
    """The routes of a file, each slug once.

    Raises:
        OSError: it can't be read.
        InvalidRoute: not UTF-8, or a route is wrong; the message names the file and the place.
    """
    try:
        return read_routes(path.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidRoute(f"{path}: not UTF-8") from None
    except InvalidRoute as error:
        raise InvalidRoute(f"{path}: {error}") from None


def read_routes(text: str) -> list[Route]:
    """The routes of a file's text, each slug once.

    Raises:
        InvalidRoute: the message names the route by its place in the file.
    """
    routes: dict[str, Route] = {}
    for number, value in enumerate(_values(text), 1):
        made = _numbered(number, value)
        if made.slug in routes:
            raise InvalidRoute(f"route {number}: a second route {made.slug}")
        routes[made.slug] = made
    return list(routes.values())


def _numbered(number: int, value: Any) -> Route:
    try:
        return from_value(value)
    except InvalidRoute as error:
        name = value.get("slug") if isinstance(value, dict) else None
        raise InvalidRoute(f"route {number} ({name}): {error}") from None


def _values(text: str) -> list[Any]:
    start = text.lstrip()[:1]
    try:
        if start == "{":
            return _lines(text)
        if start == "[" and not _TOML_TABLE.match(text):
            listed: list[Any] = orjson.loads(text)
            return listed
        return _tables(text)
    except (orjson.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidRoute(f"not a file of routes: {error}") from None


def _lines(text: str) -> list[Any]:
    found = []
    # Not splitlines: JSON may hold other ends of lines (U+2028) as they are.
    for number, line in enumerate(text.split("\n"), 1):
        try:
            found += [json_object(line.encode())] if line.strip() else []
        except InvalidRoute as error:
            raise InvalidRoute(f"line {number}: {error}") from None
    return found


def _tables(text: str) -> list[Any]:
    read = tomllib.loads(text)
    listed = read.pop("route", [])
    if read or not isinstance(listed, list):
        found = next(iter(read), "[route]")
        raise InvalidRoute(f"only [[route]] tables may stand in it, found {found}")
    return listed
