"""`newswire bench entities`: the tagger's speed, next to spaCy in the same run."""

import json
import time

import click

EPILOG = """\b
Examples:
  newswire bench entities
  newswire bench entities --spacy-epochs 6
  newswire bench entities --no-spacy --json
"""


@click.command(epilog=EPILOG)
@click.option("--rounds", default=15, show_default=True, help="Batches; medians are printed.")
@click.option("--spacy/--no-spacy", default=True, help="Train and time a blank spaCy pipeline too.")
@click.option("--spacy-epochs", default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(rounds: int, spacy: bool, spacy_epochs: int, as_json: bool) -> None:
    """Tokens a second of CPU on news in batches of 64 and on one article.

    Before that, time and memory until the first sentence is tagged: compiler, model, gazetteer.
    """
    from streams.bench import entities as bench  # noqa: PLC0415
    from streams.evaluation import entities as evaluation  # noqa: PLC0415

    before, start = bench.resident_mb(), time.process_time()
    tagger = bench.ready()
    figures: dict[str, float] = {
        "load_seconds": time.process_time() - start,
        "load_mb": bench.resident_mb() - before,
    }
    speed = bench.measure(tagger, bench.news(), rounds)
    figures |= {
        "batch_tokens_per_second": speed.batch,
        "single_tokens_per_second": speed.single,
        "tokenise_tokens_per_second": speed.tokenise,
        "stage_ms_per_article": speed.stage_ms,
        "tokens_per_article": speed.mean_tokens,
        "running_mb": bench.resident_mb() - before,
    }
    result = evaluation.score(tagger, *evaluation.check_documents("worldwide-dev"))
    figures["f1_worldwide_check"] = result.total.f1
    if spacy:
        peer = bench.spacy_peer(spacy_epochs)
        figures |= {
            "spacy_tokens_per_second": peer.tokens_per_second,
            "spacy_f1_worldwide_check": peer.f1,
            "spacy_train_seconds": peer.train_seconds,
            "times_spacy": speed.batch / peer.tokens_per_second,
        }
    if as_json:
        click.echo(json.dumps({name: round(value, 4) for name, value in figures.items()}))
    else:
        for name, value in figures.items():
            click.echo(f"{name:32} {value:14,.3f}")
