"""`newswire train clean`: the line models of the clean stage from the evaluation data."""

from pathlib import Path

import click
from rich.console import Console

from streams.evaluation.split import shared_data
from streams.stages.clean.furniture import FOLDER
from streams.training.clean import train


@click.command(epilog="Example: newswire train clean --out /tmp/model")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    help="Folder for pages.npz and texts.npz; the package's own unless said.",
)
def command(out: Path) -> None:
    """Train the line models again; the same data gives the same bytes."""
    errors = Console(stderr=True)
    models = train(shared_data(), lambda step: errors.print(step) if errors.is_terminal else None)
    out.mkdir(parents=True, exist_ok=True)
    for name, model in zip(("pages.npz", "texts.npz"), models, strict=True):
        model.save(out / name)
        click.echo(f"{out / name}: {(out / name).stat().st_size:,} bytes, {len(model.leaf)} trees")
