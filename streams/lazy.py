"""Click groups whose commands are modules, imported only when they are asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group whose command NAME is `<prefix><NAME>.command`, with `-` in a name as `_`."""

    def __init__(self, *args: Any, prefix: str, table: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prefix = prefix
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        """The names in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's interface
        """The command, or None if the table does not name it."""
        if cmd_name not in self._table:
            return None
        command = import_module(self._prefix + cmd_name.replace("-", "_")).command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's interface
        """The help table, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))
