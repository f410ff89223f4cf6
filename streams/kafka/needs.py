"""What a worker needs before it can work: a broker that answers, and its topics."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import aiokafka
from aiokafka.errors import KafkaError
from mode.utils.logging import get_logger

from streams.kafka.security import aiokafka_options
from streams.settings import Settings
from streams.topology import DLQ, FINGERPRINTS, ROUTES, Step

logger = get_logger(__name__)

DECIDED = "dedup"
"""The step that needs the fingerprint log's decisions."""
ROUTED = "route"
"""The step that follows the routes' topic."""


class BrokerNotThereError(Exception):
    """No broker answered, or topics are missing, within the time to wait."""


def needed_topics(steps: Sequence[Step]) -> set[str]:
    """The topics that must exist before a worker of these steps can work."""
    fixed = {topic for step in steps for topic in (step.reads, *step.writes) if "*" not in topic}
    log = {FINGERPRINTS} if any(step.name == DECIDED for step in steps) else set()
    routes = {ROUTES} if any(step.name == ROUTED for step in steps) else set()
    return fixed | log | routes | {DLQ}


async def wait_for_topics(
    settings: Settings, topics: set[str], seconds: float, stopping: asyncio.Event
) -> None:
    """Return when a broker answers and has the topics, or when `stopping` is set.

    Raises:
        BrokerNotThereError: not within `seconds`; the message says what is missing and how to
            get it.
    """
    deadline, delay, said = time.monotonic() + seconds, 0.5, ""
    while not stopping.is_set():
        problem = await _problem(settings, topics)
        if problem is None:
            return
        if time.monotonic() + delay > deadline:
            raise BrokerNotThereError(problem)
        if problem != said:
            logger.warning("%s; trying again for %.0f s", problem, deadline - time.monotonic())
            said = problem
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), delay)
        delay = min(delay * 2, 5.0)


async def _problem(settings: Settings, topics: set[str]) -> str | None:
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap.split(","),
        request_timeout_ms=10_000,
        **aiokafka_options(settings),
    )
    try:
        await consumer.start()
        missing = topics - await consumer.topics()
    except (KafkaError, OSError, TimeoutError) as error:
        return f"no broker at {settings.bootstrap}: {error}"
    finally:
        await consumer.stop()
    if missing:
        return f"topics missing: {', '.join(sorted(missing))} (newswire topics create makes them)"
    return None
