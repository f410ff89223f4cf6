"""Several worker processes under one supervisor with one live page, /metrics, /live and /ready.

A process that dies is started again after a growing pause; its live gauges are dropped at once,
its counters go on in the file of its slot (streams/metrics.py).
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry, multiprocess
from prometheus_client.exposition import choose_encoder

from streams.live import GatheredWire, live_routes
from streams.live.gathered import Ask
from streams.settings import Settings

logger = logging.getLogger(__name__)

PORT_FILE = "NEWSWIRE_PORT_FILE"
SLOT = "NEWSWIRE_WORKER_SLOT"
INSTANCE = "NEWSWIRE_INSTANCE_ID"
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
HEALTHY_SECONDS = 60.0
ASK_SECONDS = 2.0
UNREACHABLE = (OSError, ValueError, TimeoutError, aiohttp.ClientError)
FINAL = {2, 3, 4}
"""Exit codes that a restart would only repeat: wrong settings, no broker, its name was taken."""


def report_port(port: int) -> None:
    """Called in a worker process: tell its supervisor, if it has one, and end when that ends."""
    if PORT_FILE in os.environ:
        Path(os.environ[PORT_FILE]).write_text(str(port))
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@dataclass
class Child:
    """One slot: the process that fills it now, and how often it had to be filled."""

    slot: int
    process: asyncio.subprocess.Process | None = None
    started_at: float = 0.0
    deaths: int = 0


@dataclass
class Supervisor:
    """Keeps `count` processes of `command` running until SIGTERM.

    Args:
        settings: address of the web server; how long a stop may take.
        command: arguments of `newswire` for one process.
        count: how many.
    """

    settings: Settings
    command: Sequence[str]
    count: int
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="newswire-")))
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = 0

    def __post_init__(self) -> None:
        self.children = [Child(slot) for slot in range(self.count)]

    async def run(self) -> int:
        """The exit code: 0, or that of `FINAL` with which a process ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        loop.add_signal_handler(signal.SIGUSR1, self._signal, signal.SIGUSR1)
        runner = await self._serve()
        try:
            await asyncio.gather(*[self._keep(child) for child in self.children])
        finally:
            await runner.cleanup()
        return self.code

    # Processes

    async def _keep(self, child: Child) -> None:
        while not self.stopping.is_set():
            await self._start(child)
            await self._until_ended(child)
            if self.stopping.is_set():
                return
            await self._bury(child)

    async def _start(self, child: Child) -> None:
        self._port_file(child).unlink(missing_ok=True)
        environment = os.environ | {
            "PROMETHEUS_MULTIPROC_DIR": str(self.folder),
            SLOT: str(child.slot),
            PORT_FILE: str(self._port_file(child)),
            "NEWSWIRE_WEB_HOST": "127.0.0.1",
            "NEWSWIRE_WEB_PORT": "0",
        }
        if self.settings.instance_id:
            environment[INSTANCE] = f"{self.settings.instance_id}-{child.slot}"
        newswire = str(Path(sys.executable).with_name("newswire"))
        child.started_at = time.monotonic()
        child.process = await asyncio.create_subprocess_exec(
            newswire, *self.command, env=environment, start_new_session=True
        )
        logger.info("Worker %d is process %d", child.slot, child.process.pid)

    async def _until_ended(self, child: Child) -> None:
        assert child.process is not None  # noqa: S101 - for the type checker
        ended = asyncio.ensure_future(child.process.wait())
        stop = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not ended.done():
            child.process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ended), self.settings.shutdown_timeout + 30)
            if not ended.done():
                child.process.kill()
            await ended

    async def _bury(self, child: Child) -> None:
        """A process ended unasked: drop its live gauges, then pause before the next."""
        assert child.process is not None  # noqa: S101 - for the type checker
        code = child.process.returncode
        multiprocess.mark_process_dead(child.slot, str(self.folder))  # type: ignore[no-untyped-call]
        if code in FINAL:
            self.code = int(code)
            self.stopping.set()
            return
        if time.monotonic() - child.started_at > HEALTHY_SECONDS:
            child.deaths = 0
        pause = PAUSES[min(child.deaths, len(PAUSES) - 1)]
        child.deaths += 1
        logger.error("Worker %d ended with %s; the next in %.1f s", child.slot, code, pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), pause)

    def _signal(self, number: int) -> None:
        for child in self.children:
            if child.process is not None and child.process.returncode is None:
                child.process.send_signal(number)

    def _port_file(self, child: Child) -> Path:
        return self.folder / f"port-{child.slot}"

    # Pages

    async def _serve(self) -> web.AppRunner:
        application = web.Application()
        application.add_routes([
            *live_routes(GatheredWire(self._wires), self._registry),
            web.get("/metrics", self._metrics),
            web.get("/live", self._ask_all),
            web.get("/ready", self._ask_all),
            web.post("/breaker/close", self._close),
        ])  # fmt: skip
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, self.settings.web_host, self.settings.web_port).start()
        host, port = runner.addresses[0][:2]
        logger.info("Serving http://%s:%d/ /metrics /live /ready", host, port)
        return runner

    def _registry(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, str(self.folder))  # type: ignore[no-untyped-call]
        return registry

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry()), headers={"Content-Type": content_type})

    async def _ask_all(self, request: web.Request) -> web.Response:
        """Yes if every process says yes; else the reasons of those that don't."""
        answers = await asyncio.gather(*[self._ask(c, request.path) for c in self.children])
        reasons = [f"worker {n}: {a}" for n, a in enumerate(answers) if a is not None]
        text = "".join(f"{reason}\n" for reason in reasons) or "ok\n"
        return web.Response(text=text, status=503 if reasons else 200)

    async def _ask(self, child: Child, path: str) -> str | None:
        try:
            status, body = await self._get(child, path)
        except UNREACHABLE as error:
            return f"does not answer ({type(error).__name__})"
        return None if status == web.HTTPOk.status_code else body.decode()

    async def _get(self, child: Child, path: str) -> tuple[int, bytes]:
        port = int(self._port_file(child).read_text())
        timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"http://127.0.0.1:{port}{path}") as response,
        ):
            return response.status, await response.read()

    def _wires(self) -> dict[Hashable, Ask]:
        running = [child for child in self.children if child.process is not None]
        return {(c.slot, c.started_at): partial(self._wire, c) for c in running}

    async def _wire(self, child: Child, after: int) -> list[dict[str, Any]]:
        """What passed one process after its article `after`; nothing while it does not answer."""
        try:
            _, body = await self._get(child, f"/wire.json?after={after}")
            return list(orjson.loads(body)["articles"])
        except (*UNREACHABLE, LookupError):
            return []

    async def _close(self, _: web.Request) -> web.Response:
        self._signal(signal.SIGUSR1)
        return web.json_response({"closed": [f"all open ones of {self.count} workers"]})
