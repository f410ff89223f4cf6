"""The options that choose records, shared by replay, diff and dlq."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ops.selection import Selection
from ops.times import TIME

F = TypeVar("F", bound=Callable[..., Any])

SINCE = click.option("--since", type=TIME, help="From this time on: 2026-11-24T10:00Z, 2h (ago).")
UNTIL = click.option("--until", type=TIME, help="Before this time.")

_OPTIONS = (
    SINCE,
    UNTIL,
    click.option("--first-offset", "first", type=click.IntRange(0), help="From this offset on."),
    click.option("--end-offset", "end", type=click.IntRange(0), help="Before this offset."),
    click.option("--partition", "partitions", type=int, multiple=True, help="Only this partition."),
    click.option("--key", "keys", multiple=True, help="Only this key."),
    click.option("--article-id", "article_ids", multiple=True, help="Only this article."),
    click.option("--source", "sources", multiple=True, help="Only articles of this source."),
    click.option("--route", "routes", multiple=True, help="Only articles that this route wants."),
    click.option("--where", metavar="JQ", help="Only values for which this jq expression holds."),
)


def selection_options(function: F) -> F:
    """All options that make a `Selection`; collect them with `selection_of`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def check_period(since: int | None, until: int | None) -> None:
    """Refuse a period that no record can be in: an account of it would be clean.

    Raises:
        UsageError: it ends before it begins.
    """
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--since is not before --until: 1h means an hour ago")


def selection_of(options: dict[str, Any]) -> Selection:
    """The selection of the options; takes them out of the dict.

    Raises:
        UsageError: the period or the range of offsets ends before it begins.
    """
    check_period(options["since"], options["until"])
    first, end = options["first"], options["end"]
    if first is not None and end is not None and first >= end:
        raise click.UsageError("--first-offset is not before --end-offset")
    return Selection(**{name: options.pop(name) for name in Selection.__dataclass_fields__})
