"""The first answer for an article in compact bytes, so that a replay gets the very same.

One byte: status (bits 0-1), number of matches (bits 2-4), whether `of` and the cluster are the
first match (bits 5 and 6); unless they are, and but for a unique article, the ids of both; then
each match, the best first: its id, and relation (bits 10-11) and similarity (bits 0-9, in steps of
1 / `STEPS`) in two bytes.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from streams.compiled import compiled
from streams.records import Dedup, Match, Relation, Status

STATUSES: tuple[Status, ...] = ("unique", "update", "duplicate")
RELATIONS: tuple[Relation, ...] = ("same", "abridged", "update", "related")
STEPS = 1_000
MAX_MATCHES = 5
MAX_BYTES = 1 + 2 * 16 + MAX_MATCHES * 18

U8 = NDArray[np.uint8]
Id = tuple[np.uint64, np.uint64]
"""An article id: its first and its last eight bytes as little-endian numbers."""

UNIQUE, UPDATED, COPY = range(len(STATUSES))
RELATED = RELATIONS.index("related")
_UPDATE = RELATIONS.index("update")
_OF_FIRST, _CLUSTER_FIRST = 32, 64
_ID_BYTES = 16
_MATCH = struct.Struct("<16sH")
_STATUS, _COUNT, _STEPS = 3, 7, 1_023
_BYTE = np.uint64(255)


def unpack_answer(packed: bytes, article_id: str) -> Dedup:
    """The answer for the article whose bytes `packed` begins with."""
    head, at = packed[0], 1
    status, count = STATUSES[head & _STATUS], head >> 2 & _COUNT
    own = bytes.fromhex(article_id)
    first = packed[_stored(head) : _stored(head) + _ID_BYTES]
    of, cluster = (own, own) if status == "unique" else (first, first)
    if status != "unique" and not head & _OF_FIRST:
        of, at = packed[at : at + _ID_BYTES], at + _ID_BYTES
    if status != "unique" and not head & _CLUSTER_FIRST:
        cluster, at = packed[at : at + _ID_BYTES], at + _ID_BYTES
    matches = packed[at : at + count * _MATCH.size]
    return Dedup(
        status=status,
        cluster_id=cluster.hex(),
        of=None if status == "unique" else of.hex(),
        matches=[_match(*m) for m in _MATCH.iter_unpack(matches)],
    )


def _match(article_id: bytes, how: int) -> Match:
    relation = RELATIONS[how >> 10]
    return Match(article_id=article_id.hex(), relation=relation, similarity=(how & _STEPS) / STEPS)


@compiled
def _stored(head: int) -> int:
    """Where the matches begin."""
    if head & _STATUS == UNIQUE:
        return 1
    return 1 + _ID_BYTES * ((not head & _OF_FIRST) + (not head & _CLUSTER_FIRST))


@compiled
def is_unique(answers: U8, at: int) -> bool:
    """Whether the answer at `at` says that the article is like none before."""
    return bool(answers[at] & _STATUS == UNIQUE)


@compiled
def answer_bytes(answers: U8, at: int) -> int:
    """How many bytes the answer at `at` has."""
    head = int(np.int64(answers[at]))
    return _stored(head) + (head >> 2 & _COUNT) * (_ID_BYTES + 2)


@compiled
def _id(answers: U8, at: int) -> Id:
    first, last = np.uint64(0), np.uint64(0)
    for place in range(8):
        first |= np.uint64(answers[at + place]) << np.uint64(8 * place)
        last |= np.uint64(answers[at + 8 + place]) << np.uint64(8 * place)
    return first, last


@compiled
def _put_id(answers: U8, at: int, article: Id) -> int:
    for place in range(8):
        answers[at + place] = (article[0] >> np.uint64(8 * place)) & _BYTE
        answers[at + 8 + place] = (article[1] >> np.uint64(8 * place)) & _BYTE
    return at + _ID_BYTES


@compiled
def original_of(answers: U8, at: int, own: Id) -> tuple[Id, Id]:
    """The article that a copy of `own` is a copy of, and its cluster.

    The copy of a copy points at its original, which stayed in the stream.
    """
    head = int(np.int64(answers[at]))
    if head & _STATUS == UNIQUE:
        return own, own
    first = _id(answers, at + _stored(head))
    of, cluster, at = first, first, at + 1
    if not head & _OF_FIRST:
        of, at = _id(answers, at), at + _ID_BYTES
    if not head & _CLUSTER_FIRST:
        cluster = _id(answers, at)
    return (of if head & _STATUS == COPY else own), cluster


@compiled
def put_answer(
    answers: U8,
    at: int,
    ids: NDArray[np.uint64],
    relations: NDArray[np.int64],
    steps: NDArray[np.int64],
    origin: tuple[Id, Id],
) -> int:
    """Write the answer by its matches (ids (M, 2)), best first; returns where it ends.

    `origin` is what `original_of` says of the best match. Matches that are related at most make
    no copy.
    """
    count = len(ids)
    head, start, at = count << 2, at, at + 1
    if count and relations[0] != RELATED:
        head |= UPDATED if relations[0] == _UPDATE else COPY
        first = (ids[0, 0], ids[0, 1])
        if origin[0] == first:
            head |= _OF_FIRST
        else:
            at = _put_id(answers, at, origin[0])
        if origin[1] == first:
            head |= _CLUSTER_FIRST
        else:
            at = _put_id(answers, at, origin[1])
    answers[start] = head
    for match in range(count):
        at = _put_id(answers, at, (ids[match, 0], ids[match, 1]))
        how = relations[match] << 10 | steps[match]
        answers[at], answers[at + 1] = how & 255, how >> 8
        at += 2
    return at
