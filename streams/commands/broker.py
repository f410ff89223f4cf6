"""`newswire broker`: a real local Kafka for trying things out."""

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ops.broker import service
from ops.broker.cluster import BrokerError
from ops.broker.jars import JarsError

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(
    epilog="""\b
Examples:
  newswire broker up                 one node on 127.0.0.1:9092
  newswire broker up --nodes 3       three nodes, ports 9092 to 9094
  newswire broker status --json
  newswire broker down --delete      stop it and remove its data
"""
)
def command() -> None:
    """A real local Apache Kafka: no Docker, no root, no system Java.

    The first start downloads Kafka's jars into the cache (XDG_CACHE_HOME); data and logs are in
    XDG_STATE_HOME/newswire/broker.
    """


@command.command(epilog="Exit code 3: it did not start.")
@click.option("--nodes", type=click.Choice(["1", "3"]), default="1", show_default=True)
@click.option("--port", type=int, default=9092, show_default=True, help="First port; 0 = free.")
@click.option("--heap", type=int, default=384, show_default=True, help="Java heap, megabytes.")
@JSON
def up(nodes: str, port: int, heap: int, as_json: bool) -> None:
    """Start the broker (data of an earlier run is kept)."""
    try:
        with Console(stderr=True).status("starting Kafka"):
            state = service.up(int(nodes), port, heap)
    except (BrokerError, JarsError) as error:
        click.echo(f"broker: {error}", err=True)
        sys.exit(3)
    _show(state, as_json)


@command.command()
@click.option("--delete", is_flag=True, help="Remove its data too.")
@JSON
def down(delete: bool, as_json: bool) -> None:
    """Stop the broker."""
    before = service.down(delete=delete)
    if as_json:
        click.echo(json.dumps({"was_running": before["running"], "deleted": delete}))
    else:
        click.echo("stopped" if before["running"] else "was not running")


@command.command(epilog="Exit code 1: it does not run.")
@JSON
def status(as_json: bool) -> None:
    """Show whether the broker runs, and where."""
    state = service.status()
    _show(state, as_json)
    sys.exit(0 if state["running"] else 1)


def _show(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(state))
        return
    if not state["nodes"]:
        click.echo("not running")
        return
    table = Table(title=f"Kafka {state['version']} at {state['bootstrap']}")
    for name in ("node", "pid", "port", "alive", "log"):
        table.add_column(name)
    for node in state["nodes"]:
        table.add_row(*(str(node[name]) for name in ("id", "pid", "port", "alive", "log")))
    Console().print(table)
