"""`newswire tag FILE`: an article with its entities in colour."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

COLOURS = {
    "PER": "bold green",
    "ORG": "bold blue",
    "LOC": "bold magenta",
    "NORP": "cyan",
    "EVENT": "yellow",
    "WEAPON": "bold red",
    "PLATFORM": "red",
    "MISC": "dim yellow",
}
EPILOG = """\b
Examples:
  newswire tag article.txt
  newswire tag article.txt --json | jq '.[].entity_id'
  newswire tag article.txt --gazetteer mine.csv
  newswire tag article.txt --why Ankara
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the entities as JSON.")
@click.option("--language", help="ISO 639 code; other than en: gazetteer names only.")
@click.option(
    "--gazetteer",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A gazetteer of your own: CSV (name,type,id,aliases) or a built file.",
)
@click.option("--why", metavar="WORD", help="Show what spoke for the label of this word.")
def command(
    file: Path, as_json: bool, language: str | None, gazetteer: Path | None, why: str | None
) -> None:
    """Print the article in FILE with its entities marked, and a list of them."""
    from streams.records import Article  # noqa: PLC0415 - loads the model
    from streams.stages.entities import load_tagger  # noqa: PLC0415
    from streams.text.tokens import tokenise  # noqa: PLC0415

    text = file.read_text("utf-8", "replace")
    try:
        tagger = load_tagger(gazetteer)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    tokens = tokenise([text])
    if why is not None:
        for word, line in tagger.explain(tokens, why):
            click.echo(f"{word}\t{line}")
        return
    article = Article(article_id=file.name, text=text, language=language)
    entities = tagger.tag([article], tokens)[0]
    if as_json:
        rows = [
            {
                "entity_id": e.entity_id,
                "type": e.type,
                "name": e.name,
                "mentions": [
                    {"start": m.start, "end": m.end, "text": m.text, "confidence": m.confidence}
                    for m in e.mentions
                ],
            }
            for e in entities
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    console = Console()
    shown = Text(text)
    for entity in entities:
        for mention in entity.mentions:
            shown.stylize(COLOURS.get(entity.type, "bold"), mention.start, mention.end)
    console.print(shown)
    console.print()
    for entity in entities:
        entry = Text(f"{entity.type:9}", COLOURS.get(entity.type, "bold"))
        best = max(m.confidence for m in entity.mentions)
        entry.append(f"{entity.name}  {entity.entity_id}  x{len(entity.mentions)}  {best:.2f}")
        console.print(entry)
