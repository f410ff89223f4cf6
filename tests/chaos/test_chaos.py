"""The short form of chaos: 20 kills of workers and one of each other ill in about three minutes.

The long form is `make chaos N=500`.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.broker import LocalCluster
from tests.chaos import scenarios
from tests.chaos.ledger import Verdict
from tests.chaos.pipeline import RECOVERY_SECONDS, REPORTS, Pipeline

pytestmark = [pytest.mark.chaos, pytest.mark.kafka, pytest.mark.timeout(240)]
SEED = int(os.environ.get("CHAOS_SEED", time.time_ns() % 1_000_000))
Make = Callable[..., Pipeline]


@pytest.fixture
def make(cluster: LocalCluster, tmp_path: Path) -> Iterator[Make]:
    made: list[Pipeline] = []

    def start(name: str, workers: int = 3, **options: object) -> Pipeline:
        pipeline = Pipeline(cluster, name, tmp_path, SEED, **options)  # type: ignore[arg-type]
        made.append(pipeline)
        return pipeline.start(workers)

    yield start
    for pipeline in made:
        pipeline.close()


def judge(pipeline: Pipeline) -> Verdict:
    verdict = pipeline.finish()
    verdict.save(REPORTS)
    assert verdict.sent > 100
    assert not verdict.problems, f"{verdict}\n{pipeline.logs()}"
    return verdict


def test_twenty_kills_and_a_storm_of_rebalances(make: Make) -> None:
    pipeline = make("kills")
    scenarios.kill_storm(pipeline, 20, pause=(1.0, 3.0))
    scenarios.rebalance_storm(pipeline, 3)
    judge(pipeline)


def test_recovery_after_a_kill_is_quick(make: Make) -> None:
    pipeline = make("recovery", workers=2)
    time.sleep(3)
    pipeline.kill_workers(1)
    time.sleep(4)
    assert judge(pipeline).longest_delay <= RECOVERY_SECONDS


def test_zombies_and_killed_brokers_do_no_harm(make: Make) -> None:
    pipeline = make("zombies")
    scenarios.zombie(pipeline)
    scenarios.leader_and_coordinator(pipeline)
    judge(pipeline)


def test_commits_that_fail(make: Make) -> None:
    pipeline = make("commits", workers=2, module="tests.chaos.failing_commits")
    time.sleep(3)
    pipeline.kill_workers(1)
    judge(pipeline)


def test_without_the_guarantee_the_harness_sees_losses(make: Make) -> None:
    module = "tests.chaos.lossy_worker"
    pipeline = make("control", workers=2, module=module, rate=800, commit_interval="0.05")
    scenarios.hasty_commits(pipeline)
    verdict = pipeline.finish()
    verdict.save(REPORTS)
    assert verdict.lost > 0
