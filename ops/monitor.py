"""A real Prometheus of our own on the shipped rules, for the demonstration and the tests."""

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ops.broker.ports import free_ports
from ops.broker.process import end_child
from ops.broker.properties import HOST

RULES = Path(__file__).parent / "prometheus" / "rules"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SHORTEST_SECONDS = 4
"""A window needs more than one scrape; here they come each second."""
STOP_SECONDS = 20.0
_DURATION = re.compile(r"(\[|for: )(\d+)([smhd])")


class MonitorError(RuntimeError):
    """There is no Prometheus, or it ended; the message says which."""


def find_prometheus() -> str:
    """The path of the binary.

    Raises:
        MonitorError: it is not installed.
    """
    found = shutil.which("prometheus")
    if found is None:
        raise MonitorError("no prometheus on the PATH: apt-get install prometheus")
    return found


def shortened(rules: str, factor: float) -> str:
    """The rules with each window and `for` divided by `factor`, and nothing else changed."""

    def divided(found: re.Match[str]) -> str:
        seconds = int(found[2]) * UNITS[found[3]] / factor
        shortest = SHORTEST_SECONDS if found[1] == "[" else 1
        return f"{found[1]}{max(shortest, round(seconds))}s"

    return rules if factor == 1 else _DURATION.sub(divided, rules)


class LocalPrometheus:
    """Scrapes the targets each second; its data is in `folder`. Stops as a context manager.

    Args:
        folder: configuration, rules, data and log.
        targets: host:port of the workers.
        factor: the windows of the shipped rules are divided by it.
    """

    def __init__(self, folder: Path, targets: Sequence[str], factor: float = 1) -> None:
        self.folder = folder
        self.url = f"http://{HOST}:{free_ports(1)[0]}"
        self._configure(list(targets), factor)
        command = [
            find_prometheus(),
            f"--config.file={folder / 'prometheus.json'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={urllib.parse.urlsplit(self.url).netloc}",
        ]
        with (folder / "prometheus.log").open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                command, stdout=log, stderr=log, start_new_session=True
            )

    def ask(self, query: str) -> list[Any]:
        """The series of an instant query; empty while it does not answer."""
        found = self._get("query?" + urllib.parse.urlencode({"query": query}))
        return list(found.get("result", []))

    def value(self, query: str) -> float | None:
        """The value of the first series, None if there is none."""
        series = self.ask(query)
        return float(series[0]["value"][1]) if series else None

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that are pending or firing, in Prometheus' form."""
        return list(self._get("alerts").get("alerts", []))

    def check(self) -> None:
        """Return if it runs.

        Raises:
            MonitorError: it ended.
        """
        if self.process.poll() is not None:
            log = (self.folder / "prometheus.log").read_text(errors="replace")
            raise MonitorError(f"prometheus ended with {self.process.returncode}\n{log[-2000:]}")

    def stop(self) -> None:
        """SIGTERM, then SIGKILL."""
        end_child(self.process, STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def _configure(self, targets: list[str], factor: float) -> None:
        rules = self.folder / "rules"
        rules.mkdir(parents=True, exist_ok=True)
        for path in sorted(RULES.glob("*.yml")):
            (rules / path.name).write_text(shortened(path.read_text("utf-8"), factor), "utf-8")
        # JSON is YAML too.
        made = {
            "global": {
                "scrape_interval": "1s",
                "scrape_timeout": "1s",
                "evaluation_interval": "1s",
            },
            "rule_files": [str(rules / "*.yml")],
            "scrape_configs": [{"job_name": "newswire", "static_configs": [{"targets": targets}]}],
        }
        (self.folder / "prometheus.json").write_text(json.dumps(made), "utf-8")

    def _get(self, path: str) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}", timeout=10) as answer:  # noqa: S310
                return dict(json.load(answer)["data"])
        except OSError:
            return {}
