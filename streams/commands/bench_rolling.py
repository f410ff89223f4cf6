"""`newswire bench rolling`: a rolling restart under load."""

import sys
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console

from ops.broker import BrokerError
from ops.broker.jars import JarsError
from ops.demo import DemoError
from streams.bench.rolling import Outcome, Plan, rolling
from streams.commands.demo import account_text
from streams.commands.kafka_options import JSON, NO, NO_BROKER, broker_errors, fail, print_json

OBJECTIVE_SECONDS = 15.0


@click.command(
    epilog=f"""\b
Examples:
  newswire bench rolling
  newswire bench rolling --no-static        the same without names that outlive the workers
\b
Exit codes: 0 p99 under {OBJECTIVE_SECONDS:g} s and nothing lost, 1 not, 3 no broker.
Freshness: from the append to news.raw to the append to the streams, by the broker's clock."""
)
@click.option("--workers", type=click.IntRange(1, 6), default=3, show_default=True)
@click.option("--rate", type=click.FloatRange(1, 1000), default=100, show_default=True,
              help="Articles a second.")  # fmt: skip
@click.option("--static/--no-static", default=True, show_default=True, help="Static membership.")
@click.option("--session", type=click.FloatRange(6, 300), default=10, show_default=True,
              help="Seconds that a silent worker keeps its partitions.")  # fmt: skip
@click.option("--lead", type=click.FloatRange(1, 60), default=10, show_default=True,
              help="Seconds of load before the first restart.")  # fmt: skip
@JSON
@broker_errors
def command(
    workers: int, rate: float, static: bool, session: float, lead: float, as_json: bool
) -> None:
    """Restart each worker in turn under load: freshness, rebalances, and the account."""
    console = Console(stderr=as_json, highlight=False)
    plan = Plan(workers, rate, static, session, lead)
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
    kind = "static" if outcome.plan.static else "dynamic"
    console.print(
        f"{len(outcome.ages)} articles at {outcome.plan.rate:g}/s, {outcome.plan.workers} workers "
        f"({kind} membership) restarted in turn: freshness p50 {outcome.age(0.5):.2f} s, "
        f"p99 {outcome.age(0.99):.2f} s, max {outcome.ages[-1]:.2f} s; "
        f"{outcome.rebalances} rebalances; {outcome.lost} lost",
        soft_wrap=True,
    )
    console.print(account_text(outcome.report), soft_wrap=True)
