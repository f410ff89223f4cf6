"""The `newswire` command: a table of commands, each loaded only when it is called."""

import click

from streams import __version__
from streams.lazy import LazyGroup

COMMANDS: dict[str, str] = {
    "run": "Run the whole job embedded: files in, one JSONL file per stream out.",
    "worker": "Run the Faust worker on Kafka.",
    "topics": "Create, list and check the topics.",
    "broker": "A real local Apache Kafka without Docker or root.",
    "demo": "Broker, topics, worker and sample articles in one go.",
    "ops-demo": "An incident with Prometheus: alerts, redrive, audit.",
    "tail": "Print records of a topic.",
    "settings": "Print the catalogue of settings.",
    "routes": "Standing routes: add, list, show, remove, test, explain.",
    "tag": "Print an article with its entities marked.",
    "explain": "Why two articles are or are not duplicates.",
    "gazetteer": "Build a gazetteer of your own.",
    "replay": "Replay records from a topic or file into a topic.",
    "diff": "Compare two streams record by record.",
    "dlq": "Dead letters: list, show, stats, redrive, drop.",
    "lag": "Lag of a consumer group in records and seconds.",
    "offsets": "Reset the offsets of a consumer group.",
    "audit": "Prove from the topics that nothing was lost.",
    "export": "Project articles into other formats.",
    "quality": "Figures of enrichment quality on the evaluation data.",
    "bench": "Benchmarks.",
    "train": "Train the shipped models again.",
}


@click.command(
    cls=LazyGroup,
    prefix="streams.commands.",
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="newswire")
def main() -> None:
    """Raw news articles in; deduplicated, tagged and routed streams out."""


if __name__ == "__main__":
    main()
