"""`newswire bench subjects`: CPU time of the subject classifier per article."""

import click
import orjson

from streams.bench.subjects import measure
from streams.evaluation.split import shared_data
from streams.evaluation.wikinews import rows


@click.command(epilog="Example: newswire bench subjects --rounds 10 --json")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--batch", type=click.IntRange(1), default=256, show_default=True, help="Articles.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def command(rounds: int, batch: int, as_json: bool) -> None:
    """CPU microseconds an article, beside the tokeniser on the same Wikinews articles."""
    texts = [row["text"] for row in rows(shared_data(), 2019)]
    found = measure(texts, rounds, batch)
    if as_json:
        click.echo(orjson.dumps(found))
    else:
        click.echo("\n".join(f"{name:20} {value:8.2f}" for name, value in found.items()))
