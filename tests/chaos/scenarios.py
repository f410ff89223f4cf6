"""What is done to a pipeline; each takes the pipeline and how often or how long."""

import math
import time

from tests.chaos.pipeline import SESSION_SECONDS, Pipeline, settle


def kill_storm(
    pipeline: Pipeline,
    kills: int,
    pause: tuple[float, float] = (3.0, 7.0),
    deadline: float = math.inf,
) -> None:
    """kill -9 of one to three workers at random moments until `kills` are dead (or time is up)."""
    while pipeline.kills["kill"] < kills and time.monotonic() < deadline:
        time.sleep(pipeline.random.uniform(*pause))
        left = kills - pipeline.kills["kill"]
        pipeline.kill_workers(min(left, pipeline.random.choice((1, 2, 2, 3))))


def brokers_too(
    pipeline: Pipeline, kills: int, broker_kills: int, deadline: float = math.inf
) -> None:
    """As `kill_storm`, with kills of brokers in between."""
    per_broker = max(1, kills // max(1, broker_kills))
    while pipeline.kills["kill"] < kills and time.monotonic() < deadline:
        wanted = min(kills, pipeline.kills["kill"] + per_broker)
        kill_storm(pipeline, wanted, pause=(1.5, 4.5), deadline=deadline)
        if pipeline.kills["broker"] < broker_kills:
            pipeline.kill_broker(pipeline.any_node())


def rolling_restart(pipeline: Pipeline) -> None:
    """SIGTERM and a new worker, one after the other."""
    for _ in range(len(pipeline.living())):
        pipeline.stop_worker()
        settle(pipeline)


def rebalance_storm(pipeline: Pipeline, rounds: int) -> None:
    """One to five workers, another number every two seconds."""
    for _ in range(rounds):
        pipeline.resize(pipeline.random.randint(1, 5))
        time.sleep(2)
    pipeline.resize(2)


def zombie(pipeline: Pipeline) -> None:
    """A worker stands still past its session, loses its partitions, and wakes."""
    pipeline.freeze_workers(2, SESSION_SECONDS + 4)
    time.sleep(3)


def leader_and_coordinator(pipeline: Pipeline) -> None:
    """kill -9 of the group's coordinator, then of any other node."""
    pipeline.kill_broker(pipeline.coordinator())
    time.sleep(2)
    pipeline.kill_broker(pipeline.any_node())


def broker_restarts(pipeline: Pipeline) -> None:
    """Every node is stopped in order and comes back with its data."""
    for node in list(pipeline.cluster.nodes):
        pipeline.kill_broker(node, order=True)
