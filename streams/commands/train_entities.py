"""`newswire train entities`: make the gazetteer and train the tagger again."""

import click

EPILOG = """\b
Examples:
  NEWSWIRE_SHARED_DATA=../shared/data newswire train entities
"""


@click.command(epilog=EPILOG)
def command() -> None:
    """Train the entity tagger from the allowed sets; the same data give the same file.

    Needs the extra `train` and the evaluation data. Takes some minutes on one core.
    """
    from streams.training.entities.pipeline import train  # noqa: PLC0415 - heavy

    train(report=lambda line: click.echo(line, err=True))
