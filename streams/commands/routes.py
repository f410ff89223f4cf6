"""`newswire routes`: standing routes, kept on `news.routes` and followed by every worker."""

from pathlib import Path

import click

from ops.routes import Store, Stored, create_output_topics, every, topic_problems
from streams.commands.kafka_options import (
    BOOTSTRAP,
    JSON,
    USAGE,
    fail,
    print_json,
    print_table,
    settings_with,
)
from streams.commands.routes_options import (
    FILE,
    found,
    route_errors,
    route_json,
    store_of,
    warn_of,
)
from streams.commands.routes_trial import explain, test
from streams.stages.routes import Route, encode, read_file, route
from streams.stages.routes.printer import print_condition
from streams.stages.routes.terms import required

SHOWN_SLUGS = 10
CREATE = click.option(
    "--create-topic/--no-create-topic",
    default=None,
    help="Create the output topic if it is missing (default: NEWSWIRE_CREATE_OUTPUT_TOPICS).",
)


@click.group(
    epilog="""\b
Examples:
  newswire routes add iran-missiles 'entity:"Iran" AND phrase:"ballistic missile"'
  newswire routes test 'near:"drone","refinery"[words=8]' --on news.tagged
  newswire routes list
  newswire routes show defence
  newswire routes explain defence 3f2a --from out
  newswire routes remove iran-missiles
  newswire routes export > routes.jsonl; newswire routes import routes.jsonl

\b
Conditions: streams/stages/routes/README.md has the language.
Exit codes: 0 ok, 1 not there or nothing found, 2 a bad route, 3 broker not there.
"""
)
def command() -> None:
    """Standing routes: which articles go to which output stream."""


@command.command(
    epilog="""\b
Example: newswire routes add quakes 'phrase:"earthquake"[in=title,lead]' --owner asia-desk
"""
)
@click.argument("slug")
@click.argument("condition")
@click.option("--title", default="", help="For people; default the slug.")
@click.option("--topic", help="Where to; default news.topic.SLUG.")
@click.option("--owner", default="", help="Whom to ask about it.")
@click.option("--disabled", is_flag=True, help="Keep it, but match nothing.")
@click.option("--broad", is_flag=True, help="Allow a condition that is tried on every article.")
@CREATE
@FILE
@BOOTSTRAP
@route_errors
def add(
    slug: str,
    condition: str,
    title: str,
    topic: str | None,
    owner: str,
    disabled: bool,
    broad: bool,
    create_topic: bool | None,
    file: Path | None,
    bootstrap: str | None,
) -> None:
    """Add or replace the route SLUG; workers follow within a second."""
    made = route(slug, condition, title=title, topic=topic, owner=owner, enabled=not disabled)
    if required(made.condition) is None and not broad:
        fail("nothing in it must be there, so it is tried on every article: --broad", USAGE)
    store = store_of(file, bootstrap)
    warn_of([made])
    _check_topics(store, [made])
    if file is None:
        _create_topics([made], create_topic, bootstrap)
    _write(store, [made])


def _check_topics(store: Store, routes: list[Route]) -> None:
    slugs = {made.slug for made in routes}
    others = [stored.route for slug, stored in every(store).items() if slug not in slugs]
    problems = topic_problems(routes, others)
    if problems:
        fail("; ".join(problems), USAGE)


def _create_topics(routes: list[Route], create_topic: bool | None, bootstrap: str | None) -> None:
    settings = settings_with(bootstrap)
    if settings.create_output_topics if create_topic is None else create_topic:
        for name in create_output_topics(settings, routes):
            click.echo(f"created topic {name}", err=True)


def _write(store: Store, routes: list[Route]) -> None:
    offset = store.write(routes)
    where = "" if offset is None else f" (offset {offset} of news.routes)"
    slugs = sorted(made.slug for made in routes)
    more = ", ..." if len(slugs) > SHOWN_SLUGS else ""
    click.echo(f"{', '.join(slugs[:SHOWN_SLUGS])}{more}: {len(routes)} written{where}")


@command.command("list", epilog="Example: newswire routes list --json")
@click.option("--builtin", is_flag=True, help="Only the built-in ones; needs no broker.")
@FILE
@BOOTSTRAP
@JSON
@route_errors
def list_(builtin: bool, file: Path | None, bootstrap: str | None, as_json: bool) -> None:
    """List the routes that are in force, by slug."""
    routes = every(None if builtin else store_of(file, bootstrap))
    if as_json:
        print_json([route_json(stored) for stored in routes.values()])
        return
    rows = map(_row, routes.values())
    print_table("Routes", ("slug", "topic", "owner", "on", "from", "condition"), rows)


def _row(stored: Stored) -> tuple[str, ...]:
    made = stored.route
    on = "yes" if made.enabled else "no"
    return made.slug, made.topic, made.owner, on, stored.origin, _short(stored)


def _short(stored: Stored) -> str:
    line = print_condition(stored.route.condition)
    return line if len(line) < 80 else line[:77] + "..."  # noqa: PLR2004


@command.command(epilog="Example: newswire routes show defence")
@click.argument("slug")
@click.option("--builtin", is_flag=True, help="The built-in one; needs no broker.")
@FILE
@BOOTSTRAP
@JSON
@route_errors
def show(slug: str, builtin: bool, file: Path | None, bootstrap: str | None, as_json: bool) -> None:
    """Show one route: its fields and its condition in one line."""
    routes = every(None if builtin else store_of(file, bootstrap))
    found(routes, slug)
    value = route_json(routes[slug])
    if as_json:
        print_json(value)
        return
    for name in ("slug", "title", "topic", "owner", "enabled", "origin", "offset"):
        if value[name] not in {None, ""}:
            click.echo(f"{name + ':':<10}{value[name]}")
    click.echo(f"condition:\n  {value['line']}")


@command.command(epilog="Example: newswire routes remove iran-missiles")
@click.argument("slugs", nargs=-1, required=True)
@FILE
@BOOTSTRAP
@route_errors
def remove(slugs: tuple[str, ...], file: Path | None, bootstrap: str | None) -> None:
    """Remove routes. A built-in route is switched off instead (it comes with the package)."""
    store = store_of(file, bootstrap)
    routes = every(store)
    own = store.own()
    for slug in slugs:
        found(routes, slug)
    builtin = every(None)
    off = [_off(builtin[slug].route) for slug in slugs if slug in builtin]
    gone = [slug for slug in slugs if slug in own and slug not in builtin]
    store.write(off)
    store.remove(gone)
    for slug in slugs:
        click.echo(f"{slug}: {'switched off' if slug in builtin else 'removed'}")


def _off(built_in: Route) -> Route:
    return route(
        built_in.slug,
        built_in.condition,
        title=built_in.title,
        topic=built_in.topic,
        owner=built_in.owner,
        enabled=False,
    )


@command.command("import", epilog="Example: newswire routes import desk.toml --prune --dry-run")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prune", is_flag=True, help="Remove routes that are not in the file.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@CREATE
@FILE
@BOOTSTRAP
@route_errors
def import_(
    source: Path,
    prune: bool,
    dry_run: bool,
    create_topic: bool | None,
    file: Path | None,
    bootstrap: str | None,
) -> None:
    """Put all routes of a file (TOML, JSON list, JSON lines): all, or none if one is bad.

    Missing output topics are created, also those of routes that are there as they are.
    """
    routes = {made.slug: made for made in read_file(source)}
    if not routes:
        fail(f"{source}: there is no route in it")
    store = store_of(file, bootstrap)
    own = store.own()
    changed = [r for slug, r in routes.items() if slug not in own or own[slug].route != r]
    gone = [slug for slug in own if slug not in routes] if prune else []
    click.echo(
        f"{len(changed)} to write, {len(routes) - len(changed)} as they are, {len(gone)} to remove"
    )
    warn_of(routes.values())
    _check_topics(store, list(routes.values()))
    if dry_run:
        return
    if file is None:
        _create_topics(list(routes.values()), create_topic, bootstrap)
    if changed:
        _write(store, changed)
    if gone:
        store.remove(gone)


@command.command(epilog="Example: newswire routes export --builtin > builtin.jsonl")
@click.option("--builtin", is_flag=True, help="The built-in ones instead; needs no broker.")
@FILE
@BOOTSTRAP
@route_errors
def export(builtin: bool, file: Path | None, bootstrap: str | None) -> None:
    """Print the routes as JSON lines that import reads."""
    routes = every(None) if builtin else store_of(file, bootstrap).own()
    for slug in sorted(routes):
        click.echo(encode(routes[slug].route).decode())


command.add_command(test)
command.add_command(explain)
