"""`newswire train subjects`: the subject model from the evaluation data."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from streams.commands.quality_subjects import LABELS
from streams.evaluation.split import shared_data
from streams.stages.subjects import model as shipped
from streams.training.subjects import train

FOLDER = Path(shipped.__file__).parent


@click.command(epilog="Example: newswire train subjects --out /tmp/model")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    help="Folder for model.bin.gz; the package's own unless said.",
)
@click.option(
    "--labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=LABELS,
    help="Addresses of Wikinews articles with their topics; half of them calibrate.",
)
def command(out: Path, labels: Path) -> None:
    """Train the subject model again; the same data gives the same bytes."""
    errors = Console(stderr=True)
    model = train(
        shared_data(),
        labels,
        lambda codes: track(codes, "topics", console=errors, disable=not errors.is_terminal),
    )
    data = shipped.dump(model)
    out.mkdir(parents=True, exist_ok=True)
    (out / shipped.FILE).write_bytes(data)
    click.echo(f"{out / shipped.FILE}: {len(data):,} bytes, {len(model.codes)} topics")
