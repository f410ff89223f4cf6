"""A corpus as arrays: zones, rows by place of the window, and the labels each token may have."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.evaluation.entity_corpora import Document
from streams.stages.entities.encode import (
    CASE_VOCABULARY,
    OFFSETS,
    WINDOW,
    Zones,
    case_ids,
    known_ids,
    known_vocabulary,
    padded,
    windows,
    zones_of,
)
from streams.stages.entities.facts import facts_of
from streams.stages.entities.forms import WIDE
from streams.stages.entities.gazetteer import Gazetteer, Hits
from streams.stages.entities.labels import LABELS, PARTS, TYPES
from streams.text.tokens import TokenBatch, tokenise
from streams.training.entities.space import Space

Ints = NDArray[np.int64]
HIDDEN = 0.5


@dataclass(slots=True, frozen=True)
class Lexicon:
    """Which words may stand in names though written small (see `zones`)."""

    links: frozenset[str]
    cores: frozenset[str]


@dataclass(slots=True)
class Dataset:
    """`slots` (K, n) rows of the space; `place` (K,) index into the window; `stream` names.

    `allowed` (n, L) whether a label is compatible with the gold annotation; `bounds` (D + 1,)
    documents as positions in `zones.token`; `segments` (D + 1,) as segments.
    """

    documents: Sequence[Document]
    tokens: TokenBatch
    zones: Zones
    slots: Ints
    place: list[int]
    stream: list[str]
    allowed: NDArray[np.bool_]
    bounds: Ints
    segments: Ints


def span_tokens(tokens: TokenBatch, doc: int, start: int, end: int) -> tuple[int, int]:
    """The tokens that `text[start:end]` touches, first and one past the last."""
    low, high = int(tokens.doc[doc]), int(tokens.doc[doc + 1])
    first = low + int(np.searchsorted(tokens.end[low:high], start, "right"))
    return first, low + int(np.searchsorted(tokens.start[low:high], end, "left"))


def allowed_labels(
    documents: Sequence[Document], tokens: TokenBatch, segment: Ints
) -> NDArray[np.bool_]:
    """(N, L): the gold label, or O with every label of the types that the set does not mark.

    `segment` (N,) numbers the zones' segments, -1 outside. A name that sticks out of its segment
    cannot be learned: its tokens are free.
    """
    allowed = np.zeros((len(tokens.words), len(LABELS)), np.bool_)
    for number, document in enumerate(documents):
        whole = slice(tokens.doc[number], tokens.doc[number + 1])
        allowed[whole, 0] = True
        for kind in document.unmarked:
            column = len(PARTS) * TYPES.index(kind) + 1
            allowed[whole, column : column + len(PARTS)] = True
        for span in document.spans:
            first, stop = span_tokens(tokens, number, span.start, span.end)
            if segment[first] >= 0 and (segment[first:stop] == segment[first]).all():
                _mark(allowed[first:stop], span.types)
            else:
                allowed[first:stop] = True
    return allowed


def _mark(span: NDArray[np.bool_], types: Sequence[str]) -> None:
    span[:] = False
    for kind in types:
        base = len(PARTS) * TYPES.index(kind) + 1
        if len(span) == 1:
            span[0, base + PARTS.index("S")] = True
        else:
            span[0, base + PARTS.index("B")] = True
            span[1:-1, base + PARTS.index("I")] = True
            span[-1, base + PARTS.index("E")] = True


def learn_lexicon(documents: Sequence[Document]) -> Lexicon:
    """The small words inside gold names, and those that begin one more often than not."""
    tokens = tokenise([d.text for d in documents])
    total = Counter(tokens.words)
    inside: Counter[str] = Counter()
    opening: Counter[str] = Counter()
    for number, document in enumerate(documents):
        for span in document.spans:
            first, stop = span_tokens(tokens, number, span.start, span.end)
            inside.update(w for w in tokens.words[first:stop] if w == w.lower())
            opening[tokens.words[first]] += 1
    links = {w for w, n in inside.items() if n > 1 and n > total[w] / 1000}
    cores = {
        w
        for w, n in opening.items()
        if n > 2 and n > total[w] * 0.3 and w == w.lower() and w[0].isalpha()  # noqa: PLR2004
    }
    return Lexicon(frozenset(links), frozenset(cores))


def _seldom(hits: Hits, gazetteer: Gazetteer) -> Hits:
    """The matches without a share, `HIDDEN`, of those that only broad lists know.

    Otherwise the model learns that a name is a listed one, and new text has names that are not.
    """
    forms = gazetteer.forms
    wide = [all(part.endswith(WIDE) for part in code.split("+")) for code in forms.codes]
    chance = np.random.default_rng(5).random(len(hits.form))
    keep = (chance >= HIDDEN) | ~np.array(wide, np.bool_)[forms.code[hits.form]]
    return Hits(hits.first[keep], hits.last[keep], hits.form[keep])


def encode(
    documents: Sequence[Document], space: Space, gazetteer: Gazetteer, lexicon: Lexicon
) -> Dataset:
    """The corpus over the rows of `space`, which grows by what it had not seen."""
    tokens = tokenise([d.text for d in documents])
    facts = facts_of(tokens.vocabulary, lexicon.links, lexicon.cores)
    zones = zones_of(facts.kind, tokens)
    size = len(tokens.words)
    ids = {
        "word": space.rows("word", tokens.vocabulary)[tokens.ids],
        "known": space.rows("known", known_vocabulary(gazetteer))[
            known_ids(_seldom(gazetteer.match(tokens), gazetteer), gazetteer, size)
        ],
        "case": space.rows("case", CASE_VOCABULARY)[case_ids(tokens, facts)],
    }
    keys = [(stream, offset) for stream, offsets in OFFSETS.items() for offset in offsets]
    at = windows(tokens, zones.token)
    slots = [padded(ids[s], space.pads[s])[at[o]] for s, o in keys]
    segment = np.full(size, -1)
    segment[zones.token] = np.repeat(np.arange(len(zones.first)), zones.length)
    bounds = np.searchsorted(zones.token, tokens.doc)
    return Dataset(
        documents=documents,
        tokens=tokens,
        zones=zones,
        slots=np.stack(slots),
        place=[WINDOW.index(offset) for _, offset in keys],
        stream=[stream for stream, _ in keys],
        allowed=allowed_labels(documents, tokens, segment)[zones.token],
        bounds=bounds,
        segments=np.searchsorted(zones.first, bounds),
    )
