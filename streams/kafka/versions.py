"""The exact versions whose internals this package overrides; another one stops at start."""

from collections.abc import Callable
from importlib.metadata import version

READ_AT = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "mode-streaming": "0.7.1"}


class VersionError(RuntimeError):
    """A library whose internals we override is of another version than we read."""


def check_versions(installed: Callable[[str], str] = version) -> None:
    """Compare what is installed with `READ_AT`.

    Raises:
        VersionError: names each library that differs, and what to do.
    """
    found = {name: installed(name) for name in READ_AT}
    wrong = [f"{n} {found[n]} (needs {v})" for n, v in READ_AT.items() if found[n] != v]
    if wrong:
        raise VersionError(
            f"{', '.join(wrong)}: streams/kafka overrides internals of these libraries and was "
            "checked against the named versions only; install them, or read "
            "streams/kafka/DELIVERY.md and run tests/kafka and tests/chaos before you change them"
        )
