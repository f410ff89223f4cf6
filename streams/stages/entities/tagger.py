"""The tagger: articles and their tokens in, entities with exact offsets out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from streams.records import Article, Entity
from streams.stages.entities import crf
from streams.stages.entities.document import Name, entities_of, merged
from streams.stages.entities.encode import (
    CASE_VOCABULARY,
    OFFSETS,
    Zones,
    case_ids,
    kinds_of,
    known_ids,
    known_vocabulary,
    window,
    zones_of,
)
from streams.stages.entities.gazetteer import Gazetteer, Hits, read, read_csv
from streams.stages.entities.labels import TYPES, legal, runs
from streams.stages.entities.model import Floats, Ints, Model, load_weights
from streams.text.tokens import TokenBatch

DATA = Path(__file__).parent / "data"
KNOWN = 0.9
"""Confidence in a name that only the gazetteer found."""


@dataclass(slots=True, frozen=True)
class Spans:
    """Names found by the model: first and last token (inclusive), type number, probability."""

    first: Ints
    last: Ints
    kind: Ints
    confidence: Floats


class Tagger:
    """Tags batches; the same article gets the same entities in any batch."""

    def __init__(self, model: Model, gazetteer: Gazetteer) -> None:
        self.model = model
        self.gazetteer = gazetteer
        self.known_size = len(known_vocabulary(gazetteer))
        self.moves = model.weights.transitions + legal()

    def spans(self, tokens: TokenBatch, hits: Hits) -> Spans:
        """The model's names in all texts, in order."""
        weights = self.model.weights
        zones = zones_of(kinds_of(tokens, weights.links, weights.cores), tokens)
        if not len(zones.token):
            nothing = np.empty(0, np.int64)
            return Spans(nothing, nothing, nothing, np.empty(0, np.float32))
        scores = self.model.scores(*self._slots(tokens, hits, zones))
        scores[zones.first] += self.moves[0]
        scores[zones.first + zones.length - 1] += weights.transitions[:, 0]
        packing = crf.pack(zones.first, zones.length)
        labels = crf.viterbi(scores, self.moves, packing)
        begin, last, kind = runs(labels, zones.token)
        chance = crf.marginals(scores, self.moves, packing)[0]
        chosen = chance[np.arange(len(labels)), labels]
        confidence = _least(chosen, begin, last)
        return Spans(zones.token[begin], zones.token[last], kind, confidence)

    def _slots(
        self, tokens: TokenBatch, hits: Hits, zones: Zones
    ) -> tuple[list[str], dict[str, dict[int, Ints]]]:
        size = len(tokens.words)
        known, case = self.known_size, len(CASE_VOCABULARY)
        streams = {
            "word": (tokens.ids.astype(np.int64), len(tokens.vocabulary)),
            "known": (known_ids(hits, self.gazetteer, size), known),
            "case": (case_ids(tokens), case),
        }
        slots = {
            stream: {
                offset: window(ids, tokens, zones.token, offset, (pad, pad + 1))
                for offset in OFFSETS[stream]
            }
            for stream, (ids, pad) in streams.items()
        }
        used = np.zeros(len(tokens.vocabulary) + 2, np.bool_)
        for ids in slots["word"].values():
            used[ids] = True
        used[-2:] = False
        number = np.cumsum(used) - 1
        words = [tokens.vocabulary[i] for i in np.flatnonzero(used).tolist()]
        number[-2:] = (len(words), len(words) + 1)
        slots["word"] = {offset: number[ids] for offset, ids in slots["word"].items()}
        return words, slots

    def tag(self, articles: Sequence[Article], tokens: TokenBatch) -> list[list[Entity]]:
        """The entities of each article, in order of their first mention.

        `tokens` are those of the articles' texts, in the same order. An article in a language
        other than English gets only names that the gazetteer knows.
        """
        hits = self.gazetteer.match(tokens)
        names = self._names(self.spans(tokens, hits), hits)
        starts = np.searchsorted([name.first for name in names], tokens.doc).tolist()
        result = []
        for number, article in enumerate(articles):
            found = names[starts[number] : starts[number + 1]]
            if (article.language or "en").split("-")[0] != "en":
                found = [name for name in found if name.entry >= 0]
            result.append(entities_of(article.text, tokens, found, self.gazetteer))
        return result

    def _names(self, spans: Spans, hits: Hits) -> list[Name]:
        """The model's names, and the gazetteer's of types that the model does not know."""
        form_at = {
            (first, last): form
            for first, last, form in zip(
                hits.first.tolist(), hits.last.tolist(), hits.form.tolist(), strict=True
            )
        }
        names = [
            Name(first, last, TYPES[kind], float(chance), form_at.get((first, last), -1))
            for first, last, kind, chance in zip(
                spans.first.tolist(),
                spans.last.tolist(),
                spans.kind.tolist(),
                spans.confidence.tolist(),
                strict=True,
            )
        ]
        others = [
            Name(first, last, kind, KNOWN, form)
            for (first, last), form in form_at.items()
            if (kind := self._type(form)) not in TYPES
        ]
        return merged(names, others)

    def _type(self, form: int) -> str:
        return self.gazetteer.entries[self.gazetteer.entries_of[form][0]].type


def _least(values: Floats, begin: Ints, last: Ints) -> Floats:
    """The smallest of `values[begin[i]..last[i]]` for each i."""
    if not len(begin):
        return np.empty(0, np.float32)
    edges = np.stack((begin, last + 1), 1).reshape(-1)
    padded = np.concatenate((values, [np.float32(1)]))
    result: Floats = np.minimum.reduceat(padded, edges)[::2]
    return result


@cache
def load_tagger(user_gazetteer: Path | None = None) -> Tagger:
    """The shipped tagger; `user_gazetteer` is a CSV or compact file whose entries come first.

    Raises:
        ValueError: the user's gazetteer is malformed; the line is named.
        OSError: it cannot be read.
    """
    entries = list(read(DATA / "gazetteer.tsv.gz"))
    if user_gazetteer is not None:
        reader = read_csv if user_gazetteer.suffix == ".csv" else read
        entries = [*reader(user_gazetteer), *entries]
    gazetteer = Gazetteer(entries)
    weights = load_weights(DATA / "model.npz")
    return Tagger(Model(weights, known_vocabulary(gazetteer)), gazetteer)
