"""What the index says of a log value, and the record that an article becomes by it."""

from dataclasses import dataclass, replace

from streams.reasons import Reason
from streams.records import Article, Dedup, Duplicate, encode
from streams.stages.contract import DeadLetter, Emission, Outcome
from streams.topology import DUPLICATES, UNIQUE


@dataclass(slots=True, frozen=True)
class Decision:
    """The answer for one offset of the fingerprint log; `dedup` is None for a skipped value.

    `repeated` has a bit for each line that the value carried: whether it is furniture.
    """

    offset: int
    dedup: Dedup | None
    repeated: int = 0

    @property
    def skipped(self) -> bool:
        """Whether the log value was unreadable or of another version."""
        return self.dedup is None


def finish(article: Article, decision: Decision) -> Outcome:
    """The emission to `news.unique` (unique and update) or `news.duplicates`."""
    dedup = decision.dedup
    if dedup is None:
        return DeadLetter(Reason.STAGE_FAILED, "its fingerprint on the log could not be read")
    key = article.article_id.encode()
    if dedup.status != "duplicate":
        return (Emission(UNIQUE, key, encode(replace(article, dedup=dedup))),)
    return (Emission(DUPLICATES, key, encode(_duplicate(article, dedup))),)


def _duplicate(article: Article, dedup: Dedup) -> Duplicate:
    match = next(m for m in dedup.matches if m.relation in {"same", "abridged"})
    return Duplicate(
        article_id=article.article_id,
        of=dedup.of or match.article_id,
        cluster_id=dedup.cluster_id,
        relation=match.relation,
        similarity=match.similarity,
        source=article.source,
        url=article.url,
        published_at=article.published_at,
    )
