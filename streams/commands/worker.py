"""`newswire worker`: the Faust worker on Kafka."""

import asyncio
import sys

import click
import uvloop

from streams import logs
from streams.app import Worker
from streams.commands.parameters import FiniteRange
from streams.kafka.fencing import NameTakenError
from streams.kafka.host import StagesNotLoadedError
from streams.kafka.needs import BrokerNotThereError
from streams.kafka.versions import VersionError
from streams.settings import Settings, SettingsError, load
from streams.steady import keep_steady
from streams.supervisor import Supervisor
from streams.topology import STEPS, Step

STAGES = "streams.stages.pipeline:load_stages"


@click.command(
    epilog="""\b
Examples:
  newswire worker                        all three agents
  newswire worker --only tag --only route
  newswire worker --only route --routes-at 120    a replay with the table of then
  newswire worker --processes 4          four processes, one /metrics
  newswire worker --wait 300             give the broker five minutes to appear
  NEWSWIRE_BOOTSTRAP=k1:9092,k2:9092 newswire worker

\b
Signals: SIGTERM finishes what is in hand; SIGUSR1 closes an open breaker.
Exit codes: 0 stopped in order, 1 failed, 2 wrong settings, 3 broker or topics not there,
4 another worker took its NEWSWIRE_INSTANCE_ID.
"""
)
@click.option("--wait", type=FiniteRange(0), default=60, show_default=True,
              help="Seconds for the broker.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True,
              help="Worker processes under one supervisor.")  # fmt: skip
@click.option("--only", type=click.Choice([s.name for s in STEPS]), multiple=True, help="Agents.")
@click.option("--stages", default=STAGES, show_default=True, help="module:function of the stages.")
@click.option("--routes-at", type=click.IntRange(0), help="Route by the table of this offset.")
def command(
    wait: float, processes: int, only: tuple[str, ...], stages: str, routes_at: int | None
) -> None:
    """Run the agents on Kafka until SIGTERM.

    Any number of workers may run: partitions are shared out among them. All settings come from
    the environment (newswire settings).
    """
    steps = [step for step in STEPS if not only or step.name in only]
    try:
        settings = load()
        logs.set_up(settings)
        if processes > 1:
            names = [word for step in steps for word in ("--only", step.name)]
            at = [] if routes_at is None else ["--routes-at", str(routes_at)]
            arguments = ["worker", "--wait", str(wait), "--stages", stages, *names, *at]
            sys.exit(asyncio.run(Supervisor(settings, arguments, processes).run()))
        keep_steady()
        uvloop.install()  # for the consumer's own thread
        uvloop.run(_run(settings, stages, steps, wait, routes_at))
    except (SettingsError, VersionError) as error:
        _end(f"{error}", 2)
    except BrokerNotThereError as error:
        _end(f"{error}", 3)
    except NameTakenError as error:
        _end(f"{error}", 4)
    except (LookupError, OSError, StagesNotLoadedError) as error:
        _end(f"{error}", 1)


async def _run(
    settings: Settings, stages: str, steps: list[Step], wait: float, routes_at: int | None
) -> None:
    await Worker(settings, stages, steps, routes_at=routes_at).run(wait)


def _end(message: str, code: int) -> None:
    click.echo(f"worker: {message}", err=True)
    sys.exit(code)
