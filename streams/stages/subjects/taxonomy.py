"""The IPTC Media Topics as a tree, from our own compact table of them.

Source: IPTC Media Topics, https://iptc.org/standards/media-topics/, © IPTC, CC BY 4.0.
`taxonomy.tsv` keeps code, parent, English name, Wikidata id and definition of every topic in
use; retired topics are left out.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PREFIX = "medtop:"


@dataclass(slots=True, frozen=True)
class Topic:
    """A Media Topic; `parent` is None for one of the 17 top topics."""

    code: str
    parent: str | None
    name: str
    wikidata: str | None
    definition: str


def parse(table: str) -> dict[str, Topic]:
    """The topics of a table in our compact form, by code, parents before children."""
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {
        PREFIX + code: Topic(
            PREFIX + code, PREFIX + parent if parent else None, name, wikidata or None, definition
        )
        for code, parent, name, wikidata, definition in rows
    }


@cache
def topics() -> dict[str, Topic]:
    """Every Media Topic in use, by its code `medtop:NNNNNNNN`."""
    return parse(files(__package__).joinpath("taxonomy.tsv").read_text("utf-8"))


@cache
def lineage(code: str) -> tuple[str, ...]:
    """The code and its ancestors, nearest first; the last is a top topic.

    Raises:
        KeyError: no such topic in use.
    """
    topic = topics()[code]
    return (code,) if topic.parent is None else (code, *lineage(topic.parent))


@cache
def level(code: str) -> int:
    """1 for a top topic, 2 for its children, and so on."""
    return len(lineage(code))


def children(code: str) -> frozenset[str]:
    """The code and every topic below it."""
    return frozenset(other for other in topics() if code in lineage(other))
