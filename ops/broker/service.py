"""The broker that `newswire broker up` leaves running: its state file, and down again by it."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ops.broker.cluster import STOP_SECONDS, BrokerError, LocalCluster, busy_ports
from ops.broker.jars import KAFKA_VERSION
from ops.broker.process import end, is_ours

State = dict[str, Any]


def home() -> Path:
    """The broker's folder: `newswire/broker` in XDG_STATE_HOME, else in ~/.local/state."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "newswire" / "broker"


def status() -> State:
    """`running` (all nodes), `bootstrap`, `version`, `folder`, and each node's id, pid, alive."""
    folder = home()
    state = _read(folder)
    for node in state["nodes"]:
        node["alive"] = is_ours(node["pid"], str(folder))
    running = bool(state["nodes"]) and all(node["alive"] for node in state["nodes"])
    return {"running": running, **state}


def up(nodes: int, port: int, heap_megabytes: int = 384) -> State:
    """Start the broker unless it runs; the data of an earlier run is kept. Returns its status.

    Raises:
        BrokerError: the port is taken, the data is of another number of nodes, or it fails.
        JarsError: Kafka's jars could not be fetched.
    """
    folder = home()
    with _locked(folder):
        if (state := status())["running"]:
            return state
        _end_all(state)
        _check_nodes(folder, nodes)
        cluster = LocalCluster(
            folder, nodes=nodes, port=port, heap_megabytes=heap_megabytes, guarded=False
        )
        if busy := busy_ports(cluster):
            raise BrokerError(f"port {busy[0]} is taken: choose another, or 0 for a free one")
        _start(cluster)
        _write(cluster)
    return status()


def down(*, delete: bool = False) -> State:
    """Stop the broker; `delete` removes its data. Returns the status before."""
    folder = home()
    with _locked(folder):
        before = status()
        _end_all(before)
        (folder / "broker.json").unlink(missing_ok=True)
        if delete:
            for child in folder.glob("node-*"):
                shutil.rmtree(child)
            (folder / "cluster-id").unlink(missing_ok=True)
    return before


def _start(cluster: LocalCluster) -> None:
    try:
        cluster.start()
    except BaseException:
        cluster.stop(quick=True)
        raise


def _end_all(state: State) -> None:
    for node in state["nodes"]:
        end(node["pid"], str(home()), STOP_SECONDS)


def _check_nodes(folder: Path, nodes: int) -> None:
    there = len(list(folder.glob("node-*")))
    if there and there != nodes:
        raise BrokerError(f"{folder} has the data of {there} node(s): run down --delete first")


def _write(cluster: LocalCluster) -> None:
    nodes = [
        {
            "id": node.node_id,
            "pid": cluster.pids[node.node_id],
            "port": node.port,
            "log": str(node.log_file),
        }
        for node in cluster.nodes.values()
    ]
    state = {"bootstrap": cluster.bootstrap, "nodes": nodes}
    (cluster.folder / "broker.json").write_text(json.dumps(state, indent=1))


def _read(folder: Path) -> State:
    state: State = {"bootstrap": None, "nodes": []}
    with suppress(FileNotFoundError, ValueError):
        state |= json.loads((folder / "broker.json").read_text())
    return {"version": KAFKA_VERSION, "folder": str(folder), **state}


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
