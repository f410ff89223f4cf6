"""A real headless Chromium (Debian's `chromium`) on a page of ours."""

import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    " --disable-background-networking --disable-component-update"
).split()
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


def browse(port: int, folder: Path, *flags: str) -> str:
    """What Chromium prints of the page at `port`; its profile goes into `folder`."""
    assert CHROMIUM
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", *flags]
    command.append(f"http://127.0.0.1:{port}/")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout
