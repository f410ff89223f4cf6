"""`newswire demo`: broker, topics, worker and sample articles in one go."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
from kafka import KafkaAdminClient
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ops import clients, outputs, topics
from ops.audit import Period, Report, Topics, audit
from ops.broker import BrokerError, LocalCluster
from ops.broker.jars import JarsError
from ops.demo import (
    DemoError,
    DemoWorker,
    counts,
    demo_settings,
    feed,
    values_of,
    watch,
    worker_environment,
)
from streams.commands.kafka_options import (
    JSON,
    NO,
    NO_BROKER,
    broker_errors,
    fail,
    print_json,
)
from streams.commands.parameters import FiniteRange
from streams.local.sources import InputError, Sources, find
from streams.records import Article, decode
from streams.settings import Settings
from streams.topics import catalogue
from streams.topology import RAW, TAGGED, TOPIC_PREFIX

SAMPLES = Path(__file__).parents[2] / "tests" / "samples"
SHOWN = 6
WIDTH = 60


@click.command(
    epilog="""\b
Examples:
  newswire demo
  newswire demo crawl.jsonl.gz --seconds 600
  newswire demo --json
\b
Exit codes: 0 done and the account is clean, 1 not, 2 usage, 3 the broker did not start."""
)
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option(
    "--seconds", type=FiniteRange(1), default=180, show_default=True, help="Time for the worker."
)
@JSON
@broker_errors
def command(inputs: tuple[str, ...], seconds: float, as_json: bool) -> None:
    """Show the whole thing at work: a real Kafka, topics, a worker, articles, streams.

    INPUT as for newswire run; without it the sample articles of the project. The broker is a
    temporary one: nothing is left running, nothing of yours is touched. The first start
    downloads Kafka's jars.
    """
    sources = _sources(inputs)
    console = Console(stderr=as_json)
    try:
        with console.status("starting Kafka"):
            cluster = LocalCluster().__enter__()
    except (BrokerError, JarsError) as error:
        fail(str(error), NO_BROKER)
    try:
        found, report = _run(cluster, sources, seconds, console)
    except DemoError as error:
        fail(str(error), NO)
    finally:
        cluster.stop(quick=True)
    if as_json:
        print_json({"topics": found, "audit": report.as_json()})
    sys.exit(0 if report.clean and not report.raw.pending else NO)


def _sources(inputs: tuple[str, ...]) -> Sources:
    if not inputs and not SAMPLES.is_dir():
        raise click.UsageError("the sample articles are not installed: give an INPUT")
    try:
        return find(inputs or (str(SAMPLES),))
    except (InputError, OSError) as error:
        raise click.UsageError(str(error)) from None


def _run(
    cluster: LocalCluster, sources: Sources, seconds: float, console: Console
) -> tuple[dict[str, int], Report]:
    settings = demo_settings(cluster)
    with clients.admin(settings) as admin:
        topics.create(admin, catalogue(settings, outputs.builtin_topics()), 1)
        console.print(f"Kafka at {cluster.bootstrap}, topics made; starting a worker")
        worker = DemoWorker.start(cluster, worker_environment(cluster, settings))
        try:
            sent = _feed(settings, sources)
            console.print(f"{sent} articles sent to {RAW}; loading models, then streams fill")
            _watch(admin, settings, worker, seconds, console)
        finally:
            worker.stop()
        report = audit(Topics(admin, partial(clients.consumer, settings)), Period())
        found = counts(admin, settings)
        _show(console, admin, settings, report)
    return found, report


def _feed(settings: Settings, sources: Sources) -> int:
    producer = clients.producer(settings)
    try:
        return feed(producer, RAW, (sourced.record.value for sourced in sources))
    finally:
        producer.close()


def _watch(
    admin: KafkaAdminClient,
    settings: Settings,
    worker: DemoWorker,
    seconds: float,
    console: Console,
) -> None:
    if not console.is_terminal:
        *_, last = watch(admin, settings, [worker], seconds)
        console.print(_table(last))
        return
    with Live(console=console, refresh_per_second=4) as live:
        for found in watch(admin, settings, [worker], seconds):
            live.update(_table(found))


def _table(found: dict[str, int]) -> Table:
    table = Table(title="Records on the topics", title_justify="left")
    table.add_column("topic")
    table.add_column("records", justify="right")
    table.add_column("")
    most = max(found.values(), default=1)
    for name, count in found.items():
        style = "green" if name.startswith(TOPIC_PREFIX) else "cyan"
        bar = Text("█" * max(1, round(30 * count / most)), style=style)
        table.add_row(name, str(count), bar)
    return table


def _show(console: Console, admin: KafkaAdminClient, settings: Settings, report: Report) -> None:
    articles = [decode(value, Article) for value in values_of(settings, admin, TAGGED)]
    table = Table(title="Some of the articles", title_justify="left")
    for name in ("title", "subjects", "entities"):
        table.add_column(name)
    for article in articles[:SHOWN]:
        table.add_row(*(Text(cell) for cell in _cells(article)))
    console.print(Group(table, Text(account_text(report))))


def _cells(article: Article) -> tuple[str, str, str]:
    title = " ".join((article.title or article.text).split())[:WIDTH]
    subjects = ", ".join(subject.label for subject in article.subjects[:2])
    entities = ", ".join(entity.name for entity in article.entities[:4])
    return title, subjects, entities


def account_text(report: Report) -> str:
    """The audit in a sentence."""

    def said(account: Any) -> str:
        return ", ".join(f"{count} {name}" for name, count in account.outcomes.items())

    state = "clean: nothing is missing" if report.clean else "NOT clean"
    return (
        f"{report.raw.read} raw records = {said(report.raw)}; "
        f"{report.unique.read} unique articles: {said(report.unique)}. Account {state}."
    )
