"""`newswire train`: train a shipped model again; the same data gives the same file."""

import click

from streams.lazy import LazyGroup

TABLE = {
    "clean": "The line model.",
    "dedup": "The pair model.",
    "entities": "The tagger and gazetteers.",
    "subjects": "The subject model.",
}


@click.command(
    cls=LazyGroup,
    prefix="streams.commands.train_",
    table=TABLE,
    epilog="Example: newswire train subjects",
)
def command() -> None:
    """Train a shipped model again from the evaluation data; the same data gives the same file."""
