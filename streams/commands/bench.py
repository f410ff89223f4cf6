"""`newswire bench`: speed and memory, measured against a reference in the same run."""

import click

from streams.lazy import LazyGroup

TABLE = {
    "run": "The whole embedded job, by stage.",
    "engine": "The Kafka engine next to its peers.",
    "dedup": "Index size, query time, restart.",
    "entities": "The tagger in tokens per second.",
    "subjects": "The classifier per article.",
    "routes": "Matching against 100,000 routes.",
    "rolling": "A rolling restart under load.",
}


@click.command(
    cls=LazyGroup,
    prefix="streams.commands.bench_",
    table=TABLE,
    epilog="Example: newswire bench run --articles 2000",
)
def command() -> None:
    """Speed and memory, measured against a reference in the same run."""
