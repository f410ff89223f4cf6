"""`newswire quality`: figures of enrichment quality on the check half of the evaluation data."""

import click

from streams.lazy import LazyGroup

TABLE = {
    "clean": "4-shingle F1 of the cleaned text.",
    "dedup": "Duplicates, updates and false merges.",
    "entities": "Entity F1 by type and set, linking.",
    "subjects": "Subject accuracy, calibration, drift.",
}


@click.command(
    cls=LazyGroup,
    prefix="streams.commands.quality_",
    table=TABLE,
    epilog="Example: newswire quality entities --json",
)
def command() -> None:
    """Figures of enrichment quality on the check half of the evaluation data."""
