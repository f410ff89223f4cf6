"""Tagged articles to try a route on: from files of any kind, without a broker."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path

import orjson

from streams.local.sources import find
from streams.records import ARTICLE_SCHEMA, Article, decode
from streams.settings import settings
from streams.stages.contract import DeadLetter, Prepared, Record
from streams.stages.pipeline import DedupStage, TagStage, load_tag_stage
from streams.topology import UNROUTED

BATCH = 64


def articles(paths: Sequence[str]) -> Iterator[Article]:
    """The articles of files and folders, once each, as routes see them.

    Lines that are our own records are taken as they are; raw articles are cleaned and tagged
    first (not deduplicated), and those that become dead letters are left out. A folder that
    `newswire run` wrote is its routed and unrouted articles.

    Raises:
        InputError: an input that can't be used.
    """
    seen: set[str] = set()
    records = (sourced.record for sourced in find([p for path in paths for p in _files(path)]))
    while batch := list(islice(records, BATCH)):
        for article in _tagged(batch):
            if article.article_id not in seen:
                seen.add(article.article_id)
                yield article


def outputs(folder: Path) -> list[str]:
    """The files of routed and unrouted articles that `newswire run` wrote into the folder."""
    own = [p for p in sorted(folder.glob("*.jsonl")) if not p.name.startswith("news.")]
    routed = sorted(folder.glob("news.topic.*.jsonl"))
    return [str(p) for p in [*own, *routed, folder / f"{UNROUTED}.jsonl"] if p.exists()]


def _files(path: str) -> list[str]:
    folder = Path(path)
    return outputs(folder) if (folder / "summary.json").exists() else [path]


def _tagged(batch: Sequence[Record]) -> Iterator[Article]:
    raw = [record for record in batch if not _is_ours(record)]
    done = iter(_through_stages(raw))
    for record in batch:
        article = decode(record.value or b"", Article) if _is_ours(record) else next(done)
        if article is not None:
            yield article


def _is_ours(record: Record) -> bool:
    try:
        return bool(orjson.loads(record.value or b"")["schema"] == ARTICLE_SCHEMA)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False


def _through_stages(batch: Sequence[Record]) -> list[Article | None]:
    prepared = DedupStage(settings().max_record_bytes).prepare(batch)
    states = [Record(p.state) for p in prepared if isinstance(p, Prepared)]
    tagged = iter(_articles(_tag_stage()(states) if states else []))
    return [next(tagged) if isinstance(p, Prepared) else None for p in prepared]


def _articles(outcomes: Iterable[object]) -> Iterator[Article | None]:
    for outcome in outcomes:
        if isinstance(outcome, DeadLetter) or not isinstance(outcome, tuple):
            yield None
        else:
            yield decode(outcome[0].value, Article)


@cache
def _tag_stage() -> TagStage:
    return load_tag_stage()
