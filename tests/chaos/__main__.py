"""The long form: `python -m tests.chaos --kills 500` (or `make chaos N=500`)."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from ops.broker import LocalCluster
from tests.chaos import scenarios
from tests.chaos.ledger import Verdict
from tests.chaos.pipeline import REPORTS, Pipeline

Deed = Callable[[Pipeline], None]


@click.command()
@click.option("--kills", default=100, show_default=True, help="Kills of workers in all.")
@click.option("--broker-kills", default=20, show_default=True, help="Kills of brokers in all.")
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
    deeds: dict[str, Deed] = {
        "rolling": scenarios.rolling_restart,
        "zombies": _three_zombies,
        "rebalances": lambda p: scenarios.rebalance_storm(p, 15),
        "restarts": scenarios.broker_restarts,
        "coordinators": scenarios.leader_and_coordinator,
    }
    rounds = max(1, kills // 100)
    for number in range(rounds):
        share, brokers = kills // rounds, broker_kills // rounds
        deeds[f"kills-{number}"] = _storm(share, brokers, deadline)
    with LocalCluster(nodes=3) as cluster, tempfile.TemporaryDirectory() as folder:
        verdicts = [
            _run(cluster, Path(folder), name, seed, deed, workers)
            for name, deed in deeds.items()
            if name.startswith(only)
            if time.monotonic() < deadline
        ]
    _conclude(verdicts)


def _three_zombies(pipeline: Pipeline) -> None:
    for _ in range(3):
        scenarios.zombie(pipeline)


def _storm(kills: int, brokers: int, deadline: float) -> Deed:
    return lambda p: scenarios.brokers_too(p, kills, brokers, deadline)


def _run(
    cluster: LocalCluster, folder: Path, name: str, seed: int, deed: Deed, workers: int
) -> Verdict:
    pipeline = Pipeline(cluster, name, folder, seed).start(workers)
    try:
        deed(pipeline)
        verdict = pipeline.finish()
    except AssertionError as error:
        verdict = pipeline.finish()
        verdict.problems.append(f"the scenario broke: {error}")
    finally:
        pipeline.close()
    verdict.save(REPORTS)
    click.echo(
        f"{name}: {verdict.seconds:.0f} s, {verdict.kills}, sent {verdict.sent}, "
        f"lost {verdict.lost}, repeats {verdict.repeats} (at most {verdict.repeat_bound:.0f}), "
        f"changed {verdict.changed}, disordered {verdict.disordered}, dead letters "
        f"{verdict.dead_letters}, longest delay {verdict.longest_delay:.0f} s "
        f"{'OK' if not verdict.problems else verdict.problems}"
    )
    if verdict.problems:
        click.echo(pipeline.logs())
    else:
        pipeline.delete_topics()
    return verdict


def _conclude(verdicts: list[Verdict]) -> None:
    total = {
        kind: sum(v.kills.get(kind, 0) for v in verdicts)
        for kind in ("kill", "term", "zombie", "broker")
    }
    lost, sent = sum(v.lost for v in verdicts), sum(v.sent for v in verdicts)
    repeats = sum(v.repeats for v in verdicts)
    click.echo(f"all: {total}, sent {sent}, lost {lost}, repeats {repeats}")
    if any(v.problems for v in verdicts):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
