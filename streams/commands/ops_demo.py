"""`newswire ops-demo`: an incident on a real broker with a real Prometheus, seen and repaired."""

import sys
import time
from dataclasses import dataclass
from itertools import islice
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ops.broker import BrokerError
from ops.broker.jars import JarsError
from ops.demo import DemoError
from ops.dlq import stats
from ops.incident import ALERTS, FIX, REASON, Incident, broken
from ops.lag import Lag
from ops.monitor import MonitorError, find_prometheus
from streams.bench.load import articles
from streams.commands.demo import account_text
from streams.commands.kafka_options import (
    JSON,
    NO,
    NO_BROKER,
    USAGE,
    broker_errors,
    fail,
    print_json,
)
from streams.commands.parameters import FiniteRange

ENDLESS = 10_000_000
BROKEN_SEED = 2


@dataclass(frozen=True, slots=True)
class Form:
    """Long or short: workers, seconds of load, by what the rules' windows are divided."""

    workers: int
    load_seconds: float
    factor: int
    until_over: bool


LONG = Form(workers=2, load_seconds=20, factor=30, until_over=True)
SHORT = Form(workers=1, load_seconds=4, factor=60, until_over=False)


@click.command(
    epilog="""\b
Examples:
  newswire ops-demo
  newswire ops-demo --short --json
\b
Exit codes: 0 the alerts fired, everything was repaired and the account is clean; 1 not;
2 usage, or no Prometheus; 3 the broker did not start."""
)
@click.option("--short", is_flag=True, help="One worker, shorter windows, no wait for the end.")
@click.option("--rate", type=FiniteRange(5, 500), default=20, show_default=True,
              help="Articles a second.")  # fmt: skip
@click.option("--poison", type=click.IntRange(60, 280), default=120, show_default=True,
              help="Broken articles.")  # fmt: skip
@click.option(
    "--seconds", type=FiniteRange(1), default=120, show_default=True, help="Time for each step."
)
@JSON
@broker_errors
def command(short: bool, rate: float, poison: int, seconds: float, as_json: bool) -> None:
    """An incident, seen and repaired: load, a broken scraper, alerts, redrive, audit.

    Everything is real and temporary: Kafka, workers, Prometheus with the shipped rules. Only the
    windows of the rules are shorter, since nobody waits an hour for a burn rate.
    """
    show = Show(Console(stderr=as_json, highlight=False), seconds)
    try:
        find_prometheus()
    except MonitorError as error:
        fail(str(error), USAGE)
    form = SHORT if short else LONG
    try:
        with Incident(form.workers, form.factor) as incident:
            found = _run(incident, show, form, rate, poison)
    except (BrokerError, JarsError) as error:
        fail(str(error), NO_BROKER)
    except (DemoError, MonitorError) as error:
        fail(f"{show.doing}: {error}", NO)
    if as_json:
        print_json(found)
    sys.exit(0 if found["ok"] else NO)


class Show:
    """Says each step with the seconds since the start; knows what is being done."""

    def __init__(self, console: Console, seconds: float) -> None:
        self.console = console
        self.seconds = seconds
        self.doing = ""
        self._begun = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._begun

    def say(self, text: str) -> None:
        """One line of the story."""
        self.console.print(f"[dim]{self.elapsed:6.1f} s[/dim]  {text}", soft_wrap=True)

    def begin(self, doing: str) -> None:
        """The next step; if it fails, the message names it."""
        self.doing = doing
        self.say(f"{doing} ...")


def _run(incident: Incident, show: Show, form: Form, rate: float, poison: int) -> dict[str, Any]:
    _start(incident, show, form, rate)
    before = _look(incident, show)
    alerts = _break(incident, show, poison)
    during = _look(incident, show)
    redriven = _repair(incident, show, form)
    show.begin("stop the load, let everything through")
    sent = incident.settle(show.seconds)
    report, left = incident.audit(), stats(incident.letters())
    show.say(account_text(report))
    show.say(f"{left['open']} dead letters open, {left['state'].get('redriven', 0)} redriven")
    mended = (redriven, left["open"]) == (poison, 0)
    return {
        "ok": report.clean and not report.raw.pending and mended,
        "seconds": round(show.elapsed, 1),
        "rules": f"ops/prometheus/rules with windows divided by {form.factor}",
        "load": sent,
        "poison": poison,
        "before": before,
        "during": during,
        "alerts": alerts,
        "redriven": redriven,
        "dead_letters_open": left["open"],
        "audit": report.as_json(),
    }


def _start(incident: Incident, show: Show, form: Form, rate: float) -> None:
    show.begin("start Kafka and make the topics")
    show.say(f"Kafka at {incident.start_broker()}")
    show.begin(f"start {form.workers} worker(s) and Prometheus, load the models")
    show.say(f"Prometheus at {incident.start_watched_workers()}")
    show.say(f"its rules are ops/prometheus/rules with all windows divided by {form.factor}")
    incident.wait_ready(show.seconds)
    show.begin(f"send {rate:g} articles/s")
    incident.start_load(articles(ENDLESS), rate)
    incident.wait_fresh(show.seconds)
    time.sleep(form.load_seconds)


def _look(incident: Incident, show: Show) -> dict[str, Any]:
    lags, objectives = incident.lag(), incident.objectives()
    show.console.print(_lag_table(lags))
    told = {name: "?" if v is None else f"{v:.3f}" for name, v in objectives.items()}
    show.say(
        f"SLO freshness: {told['in_time_ratio']} within 5 s (objective 0.99), "
        f"since the start p50 {told['p50_seconds']} s, p99 {told['p99_seconds']} s; "
        f"correctness: dead letters {told['dead_letter_ratio']} (objective under 0.001)"
    )
    records = sum(each.records for each in lags)
    seconds = max((each.seconds or 0.0 for each in lags), default=0.0)
    return {"lag_records": records, "lag_seconds": round(seconds, 3), "slo": objectives}


def _lag_table(lags: list[Lag]) -> Table:
    table = Table("topic", "records behind", "seconds behind", title="lag", title_justify="left")
    for topic in dict.fromkeys(each.topic for each in lags):
        own = [each for each in lags if each.topic == topic]
        seconds = max(each.seconds or 0.0 for each in own)
        table.add_row(topic, str(sum(each.records for each in own)), f"{seconds:.1f}")
    return table


def _break(incident: Incident, show: Show, poison: int) -> list[dict[str, Any]]:
    show.begin(f"break a scraper: {poison} articles whose text is named content")
    incident.poison(map(broken, islice(articles(poison, seed=BROKEN_SEED, reprints=0), poison)))
    alerts = incident.wait_alerts(ALERTS, show.seconds)
    for alert in alerts:
        labels = " ".join(f"{k}={v}" for k, v in alert["labels"].items() if k != "alertname")
        show.say(
            f"[bold red]FIRING[/bold red] {alert['labels']['alertname']} {labels}: "
            f"{alert['annotations']['summary']} -> {alert['annotations']['runbook_url']}"
        )
    return alerts


def _repair(incident: Incident, show: Show, form: Form) -> int:
    found = stats(incident.letters())
    show.say(f"newswire dlq stats: {found['open']} open, by reason {found['reason']}")
    show.begin(f"newswire dlq redrive --reason {REASON} --fix '{FIX}' --yes")
    redriven = incident.redrive()
    show.say(f"{redriven} mended and sent again")
    if form.until_over:
        show.begin("wait until the alerts are over")
        incident.wait_over(ALERTS, show.seconds + form.factor)
        show.say("[bold green]over[/bold green]: none of them fires")
    return redriven
