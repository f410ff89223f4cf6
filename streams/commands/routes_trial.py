"""`newswire routes test` and `explain`: what a route catches, and why or why not."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import click
from kafka import KafkaConsumer

from ops import clients
from ops.routes import FileStore, every
from ops.tail import last_ranges, last_records
from streams.commands.kafka_options import BOOTSTRAP, JSON, NO, print_json, settings_with
from streams.commands.routes_options import FILE, found, hits_json, route_errors, store_of
from streams.local.sources import InputError
from streams.local.trial import articles, outputs
from streams.records import Article, Evidence, RouteHit, decode
from streams.stages.routes import Route, RouteTable, read_file, route
from streams.stages.routes.conditions import ConditionError
from streams.stages.routes.explain import Verdict
from streams.stages.routes.explain import explain as verdict_of
from streams.stages.routes.slugs import is_slug

SHOWN_SPANS = 3


@click.command(
    epilog="""\b
ROUTE is a condition, a file of one route, or the slug of a route.
Examples:
  newswire routes test 'near:"drone","refinery"[words=8]' --on tests/samples
  newswire routes test desk.toml --on out
  newswire routes test defence --on news.tagged --last 5000
Exit code 1: it caught nothing.
"""
)
@click.argument("route_text", metavar="ROUTE")
@click.option("--on", "sources", multiple=True, required=True, help="File, folder or topic.")
@click.option(
    "--last",
    type=click.IntRange(1),
    default=1_000,
    show_default=True,
    help="So many records of a topic.",
)
@FILE
@BOOTSTRAP
@JSON
@route_errors
def test(
    route_text: str,
    sources: tuple[str, ...],
    last: int,
    file: Path | None,
    bootstrap: str | None,
    as_json: bool,
) -> None:
    """Show what a route would have caught, before it is live."""
    table = RouteTable.of([_route(route_text, file, bootstrap)])
    seen = caught = 0
    for article in chain(*(_articles(source, last, bootstrap) for source in sources)):
        seen += 1
        for hit in table.match(article):
            caught += 1
            _print_hit(article, hit, as_json=as_json)
    if not as_json:
        click.echo(f"{caught} of {seen} articles")
    sys.exit(0 if caught else NO)


def _route(text: str, file: Path | None, bootstrap: str | None) -> Route:
    if _there(text) and Path(text).is_file():
        routes = read_file(Path(text))
        if len(routes) != 1:
            raise LookupError(f"{text} has {len(routes)} routes, not one")
        return routes[0]
    try:
        return route("test", text)
    except ValueError as error:
        if not is_slug(text):
            raise ConditionError(f"no condition, file or slug: {error}") from None
    builtin = every(None)
    return found(
        builtin if text in builtin and not file else every(store_of(file, bootstrap)), text
    )


def _there(text: str) -> bool:
    """Whether it is the path of something; a condition may be no path at all."""
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False


def _articles(source: str, last: int, bootstrap: str | None) -> Iterator[Article]:
    if _there(source):
        try:
            yield from articles([source])
        except InputError as error:
            raise LookupError(str(error)) from None
        return
    settings = settings_with(bootstrap)
    with clients.admin(settings) as admin:
        ranges = last_ranges(admin, source, last)
    consumer: KafkaConsumer = clients.consumer(settings)
    try:
        for record in last_records(consumer, ranges, last):
            if record.value is not None:
                yield decode(record.value, Article)
    finally:
        consumer.close()


def _print_hit(article: Article, hit: RouteHit, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "article_id": article.article_id,
                "title": article.title,
                "evidence": hits_json(hit.evidence),
            }
        )
        return
    click.echo(f"{article.article_id}  {article.title or article.text[:70].strip()}")
    for clause in hit.evidence:
        click.echo(f"    {clause.clause}{_where(clause.spans)}")


@click.command(
    epilog="""\b
ARTICLE_ID may be the beginning of one.
Examples:
  newswire routes explain defence 3f2a --from out
  newswire routes explain desk-a 3f2a --from out --file routes.jsonl
Exit code 1: the route does not want the article.
"""
)
@click.argument("slug")
@click.argument("article_id")
@click.option(
    "--from",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The output folder of newswire run.",
)
@FILE
@click.option("--live", is_flag=True, help="The route as news.routes has it.")
@BOOTSTRAP
@JSON
@route_errors
def explain(
    slug: str,
    article_id: str,
    folder: Path,
    file: Path | None,
    live: bool,
    bootstrap: str | None,
    as_json: bool,
) -> None:
    """Why the route SLUG wants an article or not, clause by clause."""
    store = store_of(None, bootstrap) if live else FileStore(file) if file else None
    wanted = found(every(store), slug)
    article = _found_article(folder, article_id)
    verdict = verdict_of(wanted, article)
    taken = verdict.holds and wanted.enabled
    if as_json:
        print_json({"article_id": article.article_id, "wanted": taken, **asdict(verdict)})
    else:
        click.echo(f"{article.article_id}  {article.title or ''}")
        off = "" if wanted.enabled else " (the route is switched off)"
        click.echo(f"{slug} {'wants it' if taken else 'does not want it'}{off}")
        _print_verdict(verdict, 1)
    sys.exit(0 if taken else NO)


def _found_article(folder: Path, article_id: str) -> Article:
    several = {
        article.article_id: article
        for article in articles(outputs(folder))
        if article.article_id.startswith(article_id)
    }
    if len(several) != 1:
        problem = "no article" if not several else f"{len(several)} articles"
        raise LookupError(f"{problem} {article_id} among the routed and unrouted of {folder}")
    return several.popitem()[1]


def _print_verdict(verdict: Verdict, depth: int) -> None:
    mark = "+" if verdict.holds else "-"
    click.echo(f"{'  ' * depth}{mark} {verdict.text}{_where(verdict.spans)}")
    for part in verdict.parts:
        _print_verdict(part, depth + 1)


def _where(spans: list[Evidence]) -> str:
    shown = [_span(span) for span in spans[:SHOWN_SPANS]]
    return "  " + ", ".join(shown) if shown else ""


def _span(span: Any) -> str:
    text = " ".join(span.text.split())
    place = f" at {span.start}" if span.start >= 0 else ""
    return f"“{text[:60]}”{place}"
