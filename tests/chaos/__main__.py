"""The long form: `python -m tests.chaos --kills 500` (or `make chaos N=500`)."""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from ops.broker import LocalCluster
from tests.chaos import scenarios
from tests.chaos.ledger import Verdict
from tests.chaos.pipeline import REPORTS, Pipeline

Deed = Callable[[Pipeline], None]
ILL = "tests.chaos.ill_stages"


@dataclass(frozen=True)
class Scenario:
    """What is done to which pipeline; a control run is wanted to lose."""

    deed: Deed
    options: dict[str, Any] = field(default_factory=dict)
    control: bool = False


@click.command()
@click.option("--kills", default=100, show_default=True, help="Kills of workers in the storms.")
@click.option("--broker-kills", default=20, show_default=True, help="Kills of brokers in them.")
@click.option("--seed", default=None, type=int, help="Random by default; printed.")
@click.option("--minutes", default=60.0, show_default=True, help="No new scenario after this.")
@click.option("--workers", default=4, show_default=True)
@click.option("--only", default="", help="Scenarios whose name begins so.")
def main(
    kills: int, broker_kills: int, seed: int | None, minutes: float, workers: int, only: str
) -> None:
    """Ill-treat a pipeline in every way; print a verdict each, keep them in out/chaos."""
    seed = time.time_ns() % 1_000_000 if seed is None else seed
    click.echo(f"seed {seed}")
    deadline = time.monotonic() + minutes * 60
    wanted = {**_others(), **_storms(kills, broker_kills, deadline)}
    with LocalCluster(nodes=3) as cluster, tempfile.TemporaryDirectory() as folder:
        verdicts = [
            _run(cluster, Path(folder), name, seed, scenario, workers)
            for name, scenario in wanted.items()
            if name.startswith(only)
            if time.monotonic() < deadline
        ]
    _conclude(verdicts, seed)


def _others() -> dict[str, Scenario]:
    hung = {"stages": f"{ILL}:hanging", "rate": 60, "stage_mode": "process", "stage_timeout": "1"}
    lossy = {"module": "tests.chaos.lossy_worker", "rate": 800, "commit_interval": "0.05"}
    return {
        "control": Scenario(scenarios.hasty_commits, lossy, control=True),
        "rolling": Scenario(scenarios.rolling_restart),
        "zombies": Scenario(_three_zombies),
        "rebalances": Scenario(lambda p: scenarios.rebalance_storm(p, 15)),
        "commits": Scenario(scenarios.some_kills, {"module": "tests.chaos.failing_commits"}),
        "hung": Scenario(scenarios.some_kills, hung),
        "poison": Scenario(scenarios.bad_deploy, {"stages": f"{ILL}:poisoned"}),
        "dlq": Scenario(scenarios.dead_letter_topic_gone, {"stages": f"{ILL}:refusing"}),
        "restarts": Scenario(scenarios.broker_restarts),
        "coordinators": Scenario(scenarios.leader_and_coordinator),
    }


def _storms(kills: int, broker_kills: int, deadline: float) -> dict[str, Scenario]:
    rounds = max(1, kills // 100)
    storm = _storm(kills // rounds, -(-broker_kills // rounds), deadline)
    return {f"kills-{number}": Scenario(storm) for number in range(rounds)}


def _three_zombies(pipeline: Pipeline) -> None:
    for _ in range(3):
        scenarios.zombie(pipeline)


def _storm(kills: int, brokers: int, deadline: float) -> Deed:
    return lambda p: scenarios.brokers_too(p, kills, brokers, deadline)


def _run(
    cluster: LocalCluster, folder: Path, name: str, seed: int, scenario: Scenario, workers: int
) -> Verdict:
    pipeline = Pipeline(cluster, name, folder, seed, **scenario.options)
    try:
        pipeline.start(2 if scenario.control else workers)
        scenario.deed(pipeline)
        verdict = pipeline.finish()
    except Exception as error:  # noqa: BLE001 - the other scenarios go on
        verdict = pipeline.finish()
        verdict.problems.append(f"the scenario broke: {error!r}")
    finally:
        pipeline.close()
    if scenario.control:
        verdict.judge_control()
    verdict.save(REPORTS)
    _say(verdict)
    if verdict.problems:
        click.echo(pipeline.logs())
    else:
        pipeline.delete_topics()
    return verdict


def _say(verdict: Verdict) -> None:
    click.echo(
        f"{verdict.scenario}: {verdict.seconds:.0f} s, {verdict.kills}, sent {verdict.sent}, "
        f"lost {verdict.lost}, repeats {verdict.repeats} (at most {verdict.repeat_bound:.0f}), "
        f"changed {verdict.changed}, disordered {verdict.disordered}, dead letters "
        f"{verdict.dead_letters}, longest delay {verdict.longest_delay:.0f} s "
        f"{verdict.problems or 'OK'}"
    )


def _conclude(verdicts: list[Verdict], seed: int) -> None:
    honest = [v for v in verdicts if v.scenario != "control"]
    total = {
        kind: sum(v.kills.get(kind, 0) for v in honest)
        for kind in ("kill", "term", "zombie", "broker")
    }
    summary = {
        name: sum(getattr(v, name) for v in honest)
        for name in ("sent", "lost", "repeats", "changed", "disordered", "dead_letters", "seconds")
    }
    click.echo(f"all but control: {total}, " + ", ".join(f"{k} {v:g}" for k, v in summary.items()))
    kept = {"seed": seed, "kills": total, **summary, "scenarios": [asdict(v) for v in verdicts]}
    (REPORTS / f"run-{seed}.json").write_text(json.dumps(kept, indent=1))
    if any(v.problems for v in verdicts):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
