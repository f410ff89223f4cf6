"""What the dedup stage merges in Reuters-21578, whose natural re-sends nobody has labelled."""

import gzip
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from streams.evaluation.dedup import class_of, cleaned
from streams.records import Article
from streams.stages.dedup import Index, fingerprint
from streams.stages.dedup.value import unpack
from streams.stages.dedup.words import hash_text

FILE = "articles/reuters21578.sgm.gz"

_STORY = re.compile(r'<REUTERS [^>]*NEWID="(\d+)">(.*?)</REUTERS>', re.DOTALL)
_TITLE = re.compile(r"<TITLE>(.*?)</TITLE>", re.DOTALL)
_BODY = re.compile(r"<BODY>(.*?)</BODY>", re.DOTALL)
_CONTROLS = re.compile(r"&#\d+;|[\x00-\x08\x0b-\x1f]")
_BATCH = 512


@dataclass(slots=True, frozen=True)
class Merge:
    """An article that was called a duplicate, and the earlier one that it was matched with.

    The names are those that the set gives (NEWID); `same_words`: to the last one.
    """

    names: tuple[str, str]
    earlier: Article
    later: Article
    same_words: bool


@dataclass(slots=True, frozen=True)
class Merges:
    """All merges of a run over `articles` articles, in order."""

    articles: int
    merges: tuple[Merge, ...]

    def drawn(self, count: int, seed: int) -> list[Merge]:
        """`count` merges, or all there are, of those that differ in words, by a hash of the names.

        So most of what was drawn before is drawn again when the stage has changed a little.
        """
        differing = [merge for merge in self.merges if not merge.same_words]
        chosen = sorted(differing, key=lambda merge: hash_text(f"{seed}:{merge.names}"))[:count]
        return [merge for merge in differing if merge in chosen]


def reuters(data: Path) -> Iterator[dict[str, Any]]:
    """The stories with a body as raw records, in the order of the file; `id` is the NEWID."""
    with gzip.open(data / FILE, "rt", encoding="latin-1") as file:
        stories = file.read()
    for name, story in _STORY.findall(stories):
        title, body = _TITLE.search(story), _BODY.search(story)
        if body:
            yield {
                "id": name,
                "url": f"https://reuters-21578.example/{name}",
                "title": _plain(title.group(1)) if title else "",
                "text": _plain(body.group(1)),
            }


def merged(raws: Iterator[dict[str, Any]]) -> Merges:
    """What becomes of the records in order, one ms after the other, in an index of their own."""
    index, merges = Index(), list[Merge]()
    met: dict[str, tuple[str, Article, int]] = {}
    while batch := list(islice(raws, _BATCH)):
        articles = cleaned(batch)
        values = fingerprint(articles)
        offsets = range(index.next_offset, index.next_offset + len(batch))
        decisions = index.observe(values, offsets, offsets)
        for raw, article, value, decision in zip(batch, articles, values, decisions, strict=True):
            met[article.article_id] = raw["id"], article, _content(value)
            matches = decision.dedup.matches if decision.dedup else []
            if matches and class_of(matches[0].relation) == "duplicate":
                merges.append(_merge(met[matches[0].article_id], met[article.article_id]))
    return Merges(len(met), tuple(merges))


def _merge(earlier: tuple[str, Article, int], later: tuple[str, Article, int]) -> Merge:
    return Merge((earlier[0], later[0]), earlier[1], later[1], earlier[2] == later[2])


def _content(value: bytes) -> int:
    found = unpack(value)
    if found is None:
        raise ValueError("a fingerprint of ours can't be read")
    return found.content


def _plain(marked: str) -> str:
    return html.unescape(_CONTROLS.sub("", marked)).strip()
