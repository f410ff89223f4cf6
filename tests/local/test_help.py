import subprocess
import sys

import pytest

from streams.cli import COMMANDS


def _newswire(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from streams.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


def test_help_names_every_command() -> None:
    shown = _newswire("--help")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_with_an_example(name: str) -> None:
    shown = _newswire(name, "--help")
    assert shown.returncode == 0, shown.stderr
    assert f"newswire {name}" in shown.stdout


def test_an_unknown_command_is_a_usage_error() -> None:
    assert _newswire("nonsense").returncode == 2
