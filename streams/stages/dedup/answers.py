"""The first answer for an article in compact bytes, so that a replay gets the very same."""

import struct

from streams.records import Dedup, Match, Relation, Status

STATUSES: tuple[Status, ...] = ("unique", "update", "duplicate")
RELATIONS: tuple[Relation, ...] = ("same", "abridged", "update", "related")
STEPS = 1_000

_HEAD = struct.Struct("<B16s16s")
_MATCH = struct.Struct("<16sBH")


def similarity(value: float) -> float:
    """A similarity as the answers hold it: in steps of 1 / `STEPS`."""
    return round(min(max(value, 0.0), 1.0) * STEPS) / STEPS


def pack_answer(dedup: Dedup, article_id: str) -> bytes:
    """The bytes of an answer; none at all for a unique article without matches."""
    if dedup.status == "unique" and not dedup.matches:
        return b""
    of = bytes.fromhex(dedup.of or article_id)
    head = _HEAD.pack(STATUSES.index(dedup.status), bytes.fromhex(dedup.cluster_id), of)
    return head + b"".join(map(_pack_match, dedup.matches))


def unpack_answer(packed: bytes, article_id: str) -> Dedup:
    """The answer that `pack_answer` packed for the article."""
    if not packed:
        return Dedup(status="unique", cluster_id=article_id)
    status, cluster, of = _HEAD.unpack_from(packed)
    return Dedup(
        status=STATUSES[status],
        cluster_id=cluster.hex(),
        of=None if STATUSES[status] == "unique" else of.hex(),
        matches=[_match(*m) for m in _MATCH.iter_unpack(packed[_HEAD.size :])],
    )


def _pack_match(match: Match) -> bytes:
    return _MATCH.pack(
        bytes.fromhex(match.article_id),
        RELATIONS.index(match.relation),
        round(match.similarity * STEPS),
    )


def _match(article_id: bytes, relation: int, steps: int) -> Match:
    return Match(
        article_id=article_id.hex(), relation=RELATIONS[relation], similarity=steps / STEPS
    )
