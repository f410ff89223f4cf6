"""`newswire bench rolling`: a rolling restart under load."""

import sys
from dataclasses import asdict
from typing import Any, get_args

import click
from rich.console import Console

from ops.broker import BrokerError
from ops.broker.jars import JarsError
from ops.demo import DemoError
from streams.bench.rolling import Membership, Outcome, Plan, rolling
from streams.commands.demo import account_text
from streams.commands.kafka_options import JSON, NO, NO_BROKER, broker_errors, fail, print_json

OBJECTIVE_SECONDS = 15.0


@click.command(
    epilog=f"""\b
Examples:
  newswire bench rolling
  newswire bench rolling --membership dynamic --json
\b
Membership: named is static and leaves the group on SIGTERM (as ops/k8s), stay is static and
keeps its partitions waiting for its return, dynamic has no name.
\b
Exit codes: 0 p99 under {OBJECTIVE_SECONDS:g} s and nothing lost, 1 not, 3 no broker.
Freshness: from the append to news.raw to the append to the streams, by the broker's clock."""
)
@click.option("--workers", type=click.IntRange(1, 6), default=3, show_default=True)
@click.option("--rate", type=click.FloatRange(1, 1000), default=100, show_default=True,
              help="Articles a second.")  # fmt: skip
@click.option("--membership", type=click.Choice(get_args(Membership)), default="named",
              show_default=True, help="See below.")  # fmt: skip
@click.option("--session", type=click.FloatRange(6, 300), default=10, show_default=True,
              help="Seconds that a silent worker keeps its partitions.")  # fmt: skip
@click.option("--lead", type=click.FloatRange(1, 60), default=10, show_default=True,
              help="Seconds of load before the first restart.")  # fmt: skip
@JSON
@broker_errors
def command(
    workers: int, rate: float, membership: Membership, session: float, lead: float, as_json: bool
) -> None:
    """Restart each worker in turn under load: freshness, rebalances, and the account."""
    console = Console(stderr=as_json, highlight=False)
    plan = Plan(workers, rate, membership, session, lead)
    try:
        outcome = rolling(plan, lambda text: console.print(text, soft_wrap=True))
    except (BrokerError, JarsError) as error:
        fail(str(error), NO_BROKER)
    except DemoError as error:
        fail(str(error), NO)
    if as_json:
        print_json(_figures(outcome))
    else:
        _print(console, outcome)
    sys.exit(0 if outcome.lost == 0 and outcome.age(0.99) < OBJECTIVE_SECONDS else NO)


def _figures(outcome: Outcome) -> dict[str, Any]:
    return {
        **asdict(outcome.plan),
        "articles": len(outcome.ages),
        "p50_seconds": outcome.age(0.5),
        "p99_seconds": outcome.age(0.99),
        "max_seconds": outcome.ages[-1],
        "restart_seconds": outcome.restarts,
        "rebalances": outcome.rebalances,
        "lost": outcome.lost,
        "audit": outcome.report.as_json(),
    }


def _print(console: Console, outcome: Outcome) -> None:
    plan, ages = outcome.plan, outcome.ages
    lines = (
        (
            f"{len(ages)} articles at {plan.rate:g}/s; {plan.workers} workers, membership "
            f"{plan.membership}, session {plan.session_seconds:g} s, restarted in turn"
        ),
        (
            f"freshness p50 {outcome.age(0.5):.2f} s, p99 {outcome.age(0.99):.2f} s, "
            f"max {ages[-1]:.2f} s; {outcome.rebalances} rebalances; {outcome.lost} lost"
        ),
        account_text(outcome.report),
    )
    for line in lines:
        console.print(line, soft_wrap=True)
