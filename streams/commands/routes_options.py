"""What the commands on standing routes share: where routes are kept, errors, output."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from ops.routes import FileStore, Store, Stored, TopicStore
from streams.commands.kafka_options import NO, USAGE, broker_errors, fail, settings_with
from streams.records import ClauseHit
from streams.stages.routes import InvalidRoute, Route
from streams.stages.routes.conditions import ConditionError, SubjectIs, clauses
from streams.stages.routes.printer import print_condition
from streams.stages.routes.record import to_value
from streams.stages.subjects.taxonomy import topics

P = ParamSpec("P")
R = TypeVar("R")
SHOWN_WARNINGS = 10
FILE = click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the routes in this file (newswire run --routes reads it) instead of the topic.",
)


def route_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Turns what can be wrong into a message and an exit code: 1 absent, 2 bad, 3 no broker."""

    @broker_errors
    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (InvalidRoute, ConditionError) as error:
            fail(str(error), USAGE)
        except BrokenPipeError:
            raise  # click ends quietly: the reader has seen enough
        except (LookupError, OSError) as error:
            fail(str(error), NO)

    return wrapped


def store_of(file: Path | None, bootstrap: str | None) -> Store:
    """The file if one is given, else the topic."""
    return FileStore(file) if file else TopicStore(settings_with(bootstrap))


def route_json(stored: Stored) -> dict[str, Any]:
    """The route with its one-line condition and where it is from."""
    line = print_condition(stored.route.condition)
    return to_value(stored.route) | {
        "line": line,
        "origin": stored.origin,
        "offset": stored.offset,
    }


def warn_of(routes: Iterable[Route]) -> None:
    """Say on standard error which subjects of the routes no article can have."""
    unknown: dict[str, str] = {}
    for made in routes:
        for clause in clauses(made.condition):
            if isinstance(clause, SubjectIs) and clause.subject not in topics():
                unknown.setdefault(clause.subject, made.slug)
    for code, slug in list(unknown.items())[:SHOWN_WARNINGS]:
        click.echo(f"warning: {slug}: {code} is no Media Topic in use", err=True)


def hits_json(hits: list[ClauseHit]) -> list[dict[str, Any]]:
    """Evidence as JSON values."""
    return [asdict(hit) for hit in hits]


def found(routes: dict[str, Stored], slug: str) -> Route:
    """The route of that slug.

    Raises:
        LookupError: there is none.
    """
    if slug not in routes:
        raise LookupError(f"there is no route {slug}")
    return routes[slug].route
