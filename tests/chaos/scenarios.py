"""What is done to a pipeline; each takes the pipeline and how often or how long."""

import math
import signal
import time

from streams.topology import DLQ
from tests.chaos.pipeline import SESSION_SECONDS, Pipeline, insist, settle
from tests.workers import PASS, create_topics, wait_for

STORM = (1.5, 4.5)
"""Seconds between kills that leave the group no time to recover."""
BURSTS = (8.0, 12.0)
"""Seconds between kills after which the backlog is being worked off: full hands die."""


def kill_storm(
    pipeline: Pipeline,
    kills: int,
    pause: tuple[float, float] = (3.0, 7.0),
    sizes: tuple[int, ...] = (1, 2, 2, 3),
    deadline: float = math.inf,
) -> None:
    """kill -9 of some workers at random moments until `kills` are dead (or time is up)."""
    while pipeline.kills["kill"] < kills and time.monotonic() < deadline:
        time.sleep(pipeline.random.uniform(*pause))
        left = kills - pipeline.kills["kill"]
        pipeline.kill_workers(min(left, pipeline.random.choice(sizes)))


def brokers_too(
    pipeline: Pipeline, kills: int, broker_kills: int, deadline: float = math.inf
) -> None:
    """As `kill_storm`, with kills of brokers in between; the second half in bursts."""
    per_broker = max(1, kills // max(1, broker_kills))
    while pipeline.kills["kill"] < kills and time.monotonic() < deadline:
        wanted = min(kills, pipeline.kills["kill"] + per_broker)
        if wanted <= kills / 2:
            kill_storm(pipeline, wanted, pause=STORM, deadline=deadline)
        else:
            kill_storm(pipeline, wanted, pause=BURSTS, sizes=(2, 3, 4), deadline=deadline)
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


def some_kills(pipeline: Pipeline) -> None:
    """Three kills, with time to work in between: for workers that are ill by themselves."""
    kill_storm(pipeline, 3, pause=BURSTS, sizes=(1,))
    time.sleep(5)


def bad_deploy(pipeline: Pipeline) -> None:
    """Workers whose stage refuses everything are held by the breaker; good ones replace them."""
    wait_for(lambda: any(_held(w.get("/ready")[1]) for w in pipeline.living()), 60, pipeline.logs)
    pipeline.stages = PASS
    for worker in pipeline.living():
        worker.signal(signal.SIGTERM)
        pipeline.kills["term"] += 1
        pipeline.add_worker()
    time.sleep(5)


def _held(said: str) -> bool:
    return "breaker" in said


def dead_letter_topic_gone(pipeline: Pipeline) -> None:
    """`news.dlq` is deleted before the first dead letter; kills; then it is there again."""
    insist(lambda: pipeline.delete(DLQ))
    kill_storm(pipeline, 2, pause=(4.0, 6.0), sizes=(1,))
    time.sleep(8)
    insist(lambda: create_topics(pipeline.cluster.bootstrap, pipeline.prefix))
    time.sleep(2)


def hasty_commits(pipeline: Pipeline) -> None:
    """Kill both workers while records pass, twice: what is committed too early is lost."""
    for _ in range(2):
        wait_for(lambda: pipeline.ledger.quiet() < 0.5, 60, pipeline.logs)
        time.sleep(2)
        pipeline.kill_workers(2)
        time.sleep(2)
