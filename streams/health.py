"""Is a worker alive, is it ready: the answers behind /live and /ready."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes, or no with reasons for people."""

    reasons: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is nothing against it."""
        return not self.reasons


Check = Callable[[], str | None]


@dataclass(slots=True)
class Health:
    """Named checks; a check gives None or what is wrong. They must be fast and never wait."""

    live_checks: list[Check] = field(default_factory=list)
    ready_checks: list[Check] = field(default_factory=list)
    started_at: float = field(default_factory=time.time)

    def live(self) -> Verdict:
        """No: the process should be restarted."""
        return _ask(self.live_checks)

    def ready(self) -> Verdict:
        """No: it does not work off records just now, but may again by itself."""
        return Verdict(self.live().reasons + _ask(self.ready_checks).reasons)


def _ask(checks: list[Check]) -> Verdict:
    return Verdict(tuple(reason for check in checks if (reason := check()) is not None))
