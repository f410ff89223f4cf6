"""A local Kafka cluster of one or three nodes: start, stop, kill and restart by node id."""

import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from ops.broker import jars
from ops.broker.ports import free_ports, is_free
from ops.broker.process import POLL_SECONDS, end_child
from ops.broker.properties import HOST, Listener, Node, Protocol, Secrets, server_properties

STARTED = b"Kafka Server started"
READY_SECONDS = 90.0
STOP_SECONDS = 30.0
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
QUIET = ("-Dorg.slf4j.simpleLogger.showDateTime=true",)


class BrokerError(RuntimeError):
    """The broker did not start or stop; the message ends with the last lines of its log."""


class LocalCluster:
    """A cluster on 127.0.0.1. As a context manager it stops at the end and takes its data along.

    Args:
        folder: data and logs; None makes a temporary one that goes with the cluster.
        nodes: 1, or 3 for replication.
        port: the plain listener of the first node (the next ones follow); 0 takes free ports.
        listeners: more client listeners, secured by `secrets`.
        extra: broker properties, set last.
        heap_megabytes: Java heap of each node.
        guarded: the brokers end when this process ends, even by kill -9.
    """

    def __init__(  # noqa: PLR0913 - keyword-only plan
        self,
        folder: Path | None = None,
        *,
        nodes: int = 1,
        port: int = 0,
        listeners: tuple[Listener, ...] = (),
        secrets: Secrets | None = None,
        extra: Mapping[str, str] | None = None,
        heap_megabytes: int = 384,
        guarded: bool = True,
    ) -> None:
        self.temporary = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="newswire-kafka-")) if folder is None else folder
        self.secrets = secrets or Secrets()
        self.extra = dict(extra or {})
        self.heap_megabytes = heap_megabytes
        self.nodes = {node.node_id: node for node in _plan(self.folder, nodes, port, listeners)}
        self.pids: dict[int, int] = {}
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._guard = self._start_guard() if guarded else None

    @property
    def bootstrap(self) -> str:
        """host:port of the plain listeners, with commas between."""
        return ",".join(f"{HOST}:{node.port}" for node in self.nodes.values())

    def bootstrap_for(self, protocol: Protocol) -> str:
        """host:port of the listeners with this protocol, with commas between."""
        ports = [
            p for n in self.nodes.values() for e, p in n.more.items() if e.protocol == protocol
        ]
        return ",".join(f"{HOST}:{port}" for port in ports) if ports else self.bootstrap

    def start(self) -> Self:
        """Format what is new, start every node and wait until all are ready.

        Raises:
            BrokerError: a node ended or was not ready in time.
            JarsError: Kafka's jars are not there and could not be fetched.
        """
        cluster_id = _cluster_id(self.folder)
        for node in self.nodes.values():
            self._format(node, cluster_id)
        for node_id in self.nodes:
            self._launch(node_id)
        for node_id in self.nodes:
            self.wait_ready(node_id)
        return self

    def kill(self, node_id: int) -> None:
        """End one node at once (SIGKILL), its data kept."""
        os.kill(self.pids[node_id], signal.SIGKILL)
        self._children.pop(node_id).wait()
        del self.pids[node_id]

    def restart(self, node_id: int) -> None:
        """Start a killed or stopped node again with its data, and wait until it is ready."""
        self._launch(node_id)
        self.wait_ready(node_id)

    def stop_node(self, node_id: int) -> None:
        """End one node in order (SIGTERM), after `STOP_SECONDS` by SIGKILL; its data is kept."""
        end_child(self._children.pop(node_id), STOP_SECONDS)
        del self.pids[node_id]

    def stop(self, *, quick: bool = False) -> None:
        """End all nodes; `quick` kills. A temporary folder is removed."""
        for node_id in list(self.pids):
            (self.kill if quick else self.stop_node)(node_id)
        if self._guard and self._guard.stdin:
            self._guard.stdin.close()
            self._guard.wait()
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def adopt(self, pid: int) -> None:
        """Let the guard end this process too; its command line must name the cluster's folder."""
        if self._guard and self._guard.stdin:
            self._guard.stdin.write(f"{pid}\n".encode())
            self._guard.stdin.flush()

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of every node's log."""
        return "\n".join(
            f"--- node {node.node_id}: {node.log_file}\n"
            + "\n".join(_read(node.log_file).decode(errors="replace").splitlines()[-lines:])
            for node in self.nodes.values()
        )

    def wait_ready(self, node_id: int, seconds: float = READY_SECONDS) -> None:
        """Return when the node serves.

        Raises:
            BrokerError: it ended or was not ready in `seconds`.
        """
        deadline = time.monotonic() + seconds
        while STARTED not in _read(self.nodes[node_id].log_file):
            if not self.alive(node_id) or time.monotonic() > deadline:
                raise BrokerError(f"node {node_id} is not ready\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)

    def alive(self, node_id: int) -> bool:
        """Whether the node's process runs."""
        child = self._children.get(node_id)
        return child is not None and child.poll() is None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop(quick=True)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop(quick=self.temporary)

    def _format(self, node: Node, cluster_id: str) -> None:
        node.folder.mkdir(parents=True, exist_ok=True)
        node.properties_file.write_text(
            server_properties(node, list(self.nodes.values()), self.secrets, self.extra)
        )
        node.properties_file.chmod(0o600)
        if (node.folder / "data" / "meta.properties").exists():
            return
        config = ["-t", cluster_id, "-c", str(node.properties_file)]
        command = [*self._java(128), "kafka.tools.StorageTool", "format", *config, *self._scram()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise BrokerError(f"format of node {node.node_id}: {done.stderr or done.stdout}")

    def _scram(self) -> list[str]:
        return [
            word
            for name, password in self.secrets.users.items()
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for word in ("--add-scram", f"{mechanism}=[name={name},password={password}]")
        ]

    def _java(self, heap: int) -> list[str]:
        path = f"{jars.libs()}/*"
        return [jars.java(), f"-Xmx{heap}m", *JVM, *QUIET, "-cp", path]

    def _launch(self, node_id: int) -> None:
        node = self.nodes[node_id]
        if node.log_file.exists():
            node.log_file.replace(node.folder / "server.log.1")
        command = [*self._java(self.heap_megabytes), "kafka.Kafka", str(node.properties_file)]
        with node.log_file.open("wb") as log:
            child = subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=node.folder,
                start_new_session=True,
            )
        self._children[node_id] = child
        self.pids[node_id] = child.pid
        self.adopt(child.pid)

    def _start_guard(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "ops.broker.guard", str(self.folder)]
            + ([] if self.temporary else ["--keep"]),
            stdin=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        )


def _plan(folder: Path, nodes: int, port: int, listeners: tuple[Listener, ...]) -> list[Node]:
    ports = iter(free_ports(nodes * (2 + len(listeners))))
    return [
        Node(
            node_id=number + 1,
            folder=folder / f"node-{number + 1}",
            port=port + number if port else next(ports),
            controller_port=next(ports),
            more={listener: next(ports) for listener in listeners},
        )
        for number in range(nodes)
    ]


def _cluster_id(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "cluster-id"
    if not file.exists():
        file.write_text(random_id())
    return file.read_text()


def random_id(draw: Callable[[], bytes] = lambda: uuid.uuid4().bytes) -> str:
    """A cluster id as Kafka makes them: 22 base64url characters, never a leading dash.

    Its tools read an id with a leading dash as an option; `Uuid.randomUuid` skips those too.
    """
    while (drawn := base64.urlsafe_b64encode(draw()).decode().rstrip("=")).startswith("-"):
        pass
    return drawn


def _read(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def busy_ports(cluster: LocalCluster) -> list[int]:
    """Which of the cluster's plain ports somebody else already listens on."""
    return [node.port for node in cluster.nodes.values() if not is_free(node.port)]
