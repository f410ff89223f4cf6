"""Where stages compute: off the event loop, in a child process that can be stopped.

A child costs two pipe copies of a batch and buys what a thread can't give: a hung stage is
stopped at its timeout, a stage that crashes natively or eats the memory takes only the child
along, and heartbeats never wait for the interpreter lock.
"""

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Literal, Protocol

from mode.utils.logging import get_logger

from streams.kafka.pipe import ChildEnd, LoopEnd, open_pipe
from streams.stages.contract import DecidingStage, FollowingStage, Record, Stage, guarded
from streams.stages.dedup import Decision
from streams.stages.routes import Change
from streams.steady import keep_steady

logger = get_logger(__name__)
START_SECONDS = 120.0
KILLED = 70
"""Exit status of a worker whose stage hung in a thread, which nothing else can stop."""


class StageTimeoutError(Exception):
    """The stage did not finish in time; it was stopped."""


class StageDiedError(Exception):
    """The process of the stage died over the batch."""


class StagesNotLoadedError(Exception):
    """The stages themselves can't be loaded: no record is to blame."""


Stages = Mapping[str, Stage | DecidingStage[Decision] | FollowingStage[Change]]
Job = Literal["run", "prepare", "finish", "follow"]


def load_stages(factory: str) -> Stages:
    """Call `factory` ("module:function"), which gives the stages by the names of the steps."""
    module, _, function = factory.partition(":")
    stages: Stages = getattr(import_module(module), function)()
    return stages


def compute(stages: Stages, job: Job, name: str, arguments: tuple[Any, ...]) -> list[Any]:
    """One result per record of the job; a batch that raises is taken record by record.

    A run that names a version gives no result when the stage is behind that version.
    """
    stage: Any = stages[name]
    if job == "run":
        records, *version = arguments
        if version and _follow(stage, [], 0, 0) < version[0]:
            return []
        return guarded(stage, [Record(*r) for r in records])
    if job == "follow":
        return [_follow(stage, *arguments)]
    if job == "prepare":
        return guarded(stage.prepare, [Record(*r) for r in arguments[0]])
    pairs = list(zip(*arguments, strict=True))
    return guarded(lambda ps: stage.finish([p for p, _ in ps], [d for _, d in ps]), pairs)


def _follow(stage: FollowingStage[Change], changes: Sequence[Change], upto: int, since: int) -> int:
    return stage.follow(changes, upto, since)


class Host(Protocol):
    """Computes jobs one at a time, in the order of the calls."""

    async def start(self) -> None:
        """Load the stages; returns when they are ready."""
        ...

    async def call(self, job: Job, name: str, *arguments: Any, seconds: float) -> list[Any]:
        """The results of a job.

        Raises:
            StageTimeoutError: it took longer than `seconds`.
            StageDiedError: the process died over it.
            StagesNotLoadedError: there is no process, and none can be started.
        """
        ...

    async def stop(self) -> None:
        """End; a job that runs is lost."""
        ...


class ThreadHost:
    """Stages in a thread of this process. A job that hangs ends the process (status 70)."""

    def __init__(self, factory: str) -> None:
        self._factory = factory
        self._stages: Stages = {}
        self._pool = ThreadPoolExecutor(1, "stage")

    async def start(self) -> None:
        """Load the stages in this process.

        Raises:
            StagesNotLoadedError: they can't be loaded; the traceback is in the log.
        """
        try:
            self._stages = await self._run(load_stages, self._factory)
        except Exception as error:
            logger.exception("The stages do not load")
            raise StagesNotLoadedError(f"{self._factory} does not load: {error!r}") from error

    async def call(self, job: Job, name: str, *arguments: Any, seconds: float) -> list[Any]:
        """See `Host.call`; here a timeout does not return."""
        work = self._run(compute, self._stages, job, name, arguments)
        try:
            return await asyncio.wait_for(asyncio.shield(work), seconds)
        except TimeoutError:
            logger.critical("Stage %s hangs for %.0f s in a thread: ending", name, seconds)
            os._exit(KILLED)

    async def stop(self) -> None:
        """Let the thread end when its job does."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, function: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)


class ProcessHost:
    """Stages in a child process, started again after a death or a timeout."""

    def __init__(self, factory: str) -> None:
        self._factory = factory
        self._lock = asyncio.Lock()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: LoopEnd | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the child and wait until its stages are loaded.

        Raises:
            StagesNotLoadedError: they can't be loaded; the child's traceback is on stderr.
        """
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = await open_pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._factory), daemon=True)
        # The child dies with the thread that starts it, so this must be the loop's.
        self._process.start()
        theirs.close()
        try:
            await self._receive(START_SECONDS)
        except (StageDiedError, StageTimeoutError) as error:
            self._kill()
            raise StagesNotLoadedError(f"{self._factory} does not load: {error}") from error

    async def call(self, job: Job, name: str, *arguments: Any, seconds: float) -> list[Any]:
        """See `Host.call`."""
        async with self._lock:
            try:
                await self._send((job, name, arguments))
                return await self._receive(seconds)
            except BaseException:
                self._kill()
                raise

    async def stop(self) -> None:
        """Kill the child."""
        self._kill()

    async def _send(self, message: tuple[Any, ...]) -> None:
        """To a living child; one that died between two jobs died over neither."""
        while True:
            if self._process is None or not self._process.is_alive():
                self._kill()
                await self.start()
            assert self._pipe is not None  # noqa: S101 - for the type checker
            try:
                await self._pipe.send(message)
            except OSError as error:
                logger.warning("The stages' process ended between two jobs: %r", error)
                self._kill()
            else:
                return

    async def _receive(self, seconds: float) -> list[Any]:
        assert self._pipe is not None  # noqa: S101 - for the type checker
        try:
            result: list[Any] = await asyncio.wait_for(self._pipe.receive(), seconds)
        except TimeoutError as error:
            raise StageTimeoutError(f"no result within {seconds:g} s") from error
        except (EOFError, OSError) as error:
            raise StageDiedError(f"{type(error).__name__}: {error}") from error
        return result

    def _kill(self) -> None:
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()


def _serve(pipe: ChildEnd, factory: str) -> None:
    """The child: load, then answer jobs until the pipe ends."""
    _die_with_parent()
    keep_steady()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    stages = load_stages(factory)
    pipe.send(["ready"])
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            job, name, arguments = pipe.receive()
            pipe.send(compute(stages, job, name, arguments))


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(1)


def make_host(factory: str, mode: Literal["process", "thread"]) -> Host:
    """The host that the setting `stage_mode` names."""
    return ThreadHost(factory) if mode == "thread" else ProcessHost(factory)
