"""What the Kafka commands share: options, exit codes, output for people or scripts."""

import functools
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
from kafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NodeNotReadyError,
)
from rich.console import Console
from rich.table import Table

from ops.clients import last_error
from ops.items import LineError
from streams.settings import Settings, SettingsError, load

P = ParamSpec("P")
R = TypeVar("R")
NO, USAGE, NO_BROKER = 1, 2, 3
NOT_THERE = (KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
BOOTSTRAP = click.option(
    "--bootstrap", metavar="HOST:PORT", help="Instead of NEWSWIRE_BOOTSTRAP (127.0.0.1:9092)."
)


def settings_with(bootstrap: str | None) -> Settings:
    """The settings from the environment; security too. Ends with 2 if they are wrong."""
    try:
        return load(**({} if bootstrap is None else {"bootstrap": bootstrap}))
    except SettingsError as error:
        fail(str(error), USAGE)


def fail(message: str, code: int = NO) -> NoReturn:
    """Print the message on stderr and end with the code."""
    click.echo(f"newswire: {message}", err=True)
    sys.exit(code)


def broker_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Turns what clients raise into a message and an exit code: 2 settings, 3 broker."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (SettingsError, LineError) as error:
            fail(str(error), USAGE)
        except NOT_THERE as error:
            fail(f"broker not there: {error} ({last_error.text})", NO_BROKER)
        except KafkaError as error:
            fail(f"the broker refused: {error}", NO_BROKER)

    return wrapped


def print_json(value: Any) -> None:
    """One JSON value on a line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on standard output; cells are text, never markup."""
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    Console().print(table, markup=False)


def _plain(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return text.replace("[", r"\[")
