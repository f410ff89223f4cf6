"""Processes, by id or as children: is it still ours, end it in order, else by force."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.05
PROC = Path("/proc")


def command_line(pid: int) -> str:
    """The command line of a running process, empty if there is none with this id."""
    if (PROC / "self").exists():
        return _from_proc(pid)
    answer = subprocess.run(  # noqa: S603 - fixed command
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607 - where the system has it
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if "<defunct>" in answer.stdout else answer.stdout.strip()


def _from_proc(pid: int) -> str:
    # Slim images have no ps. A process that has ended but is not waited for reads as empty.
    try:
        content = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return content.replace(b"\0", b" ").decode(errors="replace").strip()


def is_ours(pid: int, folder: str) -> bool:
    """Whether the process runs a broker of `folder` (the system uses ids again)."""
    return folder in command_line(pid)


def kill(pid: int, folder: str) -> None:
    """SIGKILL the process if it is a broker of `folder`."""
    if is_ours(pid, folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def end(pid: int, folder: str, seconds: float) -> None:
    """SIGTERM the broker of `folder` with this id and wait; SIGKILL after `seconds`."""
    if is_ours(pid, folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while is_ours(pid, folder):
        if time.monotonic() > deadline:
            kill(pid, folder)
        time.sleep(POLL_SECONDS)


def end_child(child: subprocess.Popen[bytes], seconds: float) -> None:
    """SIGTERM our child and wait; SIGKILL after `seconds`."""
    child.terminate()
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
