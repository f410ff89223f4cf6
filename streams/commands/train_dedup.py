"""`newswire train dedup`: the pair model from the evaluation data."""

from pathlib import Path

import click

from streams.evaluation.split import shared_data
from streams.stages.dedup import model as shipped
from streams.training.dedup import dump, train

FOLDER = Path(shipped.__file__).parent


@click.command(epilog="Example: newswire train dedup --out /tmp/model")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    help="Folder for model.json; the package's own unless said.",
)
def command(out: Path) -> None:
    """Train the pair model again; the same data gives the same bytes."""
    data = dump(train(shared_data()))
    out.mkdir(parents=True, exist_ok=True)
    (out / shipped.FILE).write_bytes(data)
    click.echo(f"{out / shipped.FILE}: {len(data):,} bytes, {len(shipped.MEASURES)} measures")
