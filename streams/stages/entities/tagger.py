"""The tagger: articles and their tokens in, entities with exact offsets out."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.records import Article, Entity
from streams.settings import settings
from streams.stages.entities import crf
from streams.stages.entities.crf import product
from streams.stages.entities.document import Name, entities_of, merged, settle
from streams.stages.entities.encode import (
    CASE_VOCABULARY,
    OFFSETS,
    Zones,
    case_ids,
    known_ids,
    known_vocabulary,
    padded,
    windows,
    zones_of,
)
from streams.stages.entities.evidence import explanation
from streams.stages.entities.facts import Facts, WordFacts
from streams.stages.entities.gazetteer import USER_WEIGHT, Gazetteer, Hits, read, read_csv
from streams.stages.entities.labels import TYPES, legal, runs
from streams.stages.entities.model import Floats, Ints, Model, load_weights
from streams.stages.entities.twins import beliefs, neighbours, word_keys
from streams.text.tokens import TokenBatch

DATA = Path(__file__).parent / "data"
KNOWN = (0.57, 0.9)
"""Confidence in a match that only the gazetteer found: of a common word (the share that was right
on re3d's tuning half), of a name."""
FAMOUS = 6.0
"""Least weight of an entry that is tagged in languages that no model knows: cities of a million."""


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
        top = [gazetteer.entries[owners[0]] for owners in gazetteer.entries_of]
        self.top_type = [entry.type for entry in top]
        self.weight = np.array([entry.weight for entry in top], np.float32)
        unknown = np.array([entry.type not in TYPES for entry in top], np.bool_)
        self.alone = unknown | (self.weight >= USER_WEIGHT)
        self.famous = (self.weight >= FAMOUS) & (gazetteer.styles > 0)
        self.facts = Facts(model.weights.links, model.weights.cores)
        self.known_size = len(known_vocabulary(gazetteer))
        self.first_moves = model.weights.transitions + legal()
        self.moves = model.weights.second_transitions + legal()

    def spans(self, tokens: TokenBatch, hits: Hits, facts: WordFacts) -> Spans:
        """The model's names in all texts, in order."""
        weights = self.model.weights
        zones = zones_of(facts.kind[tokens.ids], tokens)
        if not len(zones.token):
            nothing = np.empty(0, np.int64)
            return Spans(nothing, nothing, nothing, np.empty(0, np.float32))
        scores = self.model.scores(*self._slots(tokens, hits, zones, facts))
        packing = crf.pack(zones.first, zones.length)
        keys = word_keys(tokens, zones, facts)
        if len(np.unique(keys)) < len(keys):
            first_scores = bounded(scores, self.first_moves, zones)
            chance = crf.posterior(first_scores, self.first_moves, packing)
            heard = neighbours(beliefs(chance, keys), zones)
            for values, matrix in zip(heard, weights.echo, strict=True):
                scores += product(values, matrix)
        scores = bounded(scores, self.moves, zones)
        labels = crf.viterbi(scores, self.moves, packing)
        begin, last, kind = runs(labels)
        chance = crf.posterior(scores, self.moves, packing)
        chosen = chance[np.arange(len(labels)), labels]
        confidence = self._calibrated(_least(chosen, begin, last))
        return Spans(zones.token[begin], zones.token[last], kind, confidence)

    def _calibrated(self, chance: Floats) -> Floats:
        meta = self.model.weights.meta
        p = np.clip(chance.astype(np.float64), 1e-4, 1 - 1e-4)
        odds = meta["slope"] * np.log(p / (1 - p)) + meta["shift"]
        calibrated: Floats = (1 / (1 + np.exp(-odds))).astype(np.float32)
        return calibrated

    def _slots(
        self, tokens: TokenBatch, hits: Hits, zones: Zones, facts: WordFacts
    ) -> tuple[list[str], dict[str, dict[int, Ints]]]:
        size = len(tokens.words)
        known, case = self.known_size, len(CASE_VOCABULARY)
        streams = {
            "word": (tokens.ids.astype(np.int64), len(tokens.vocabulary)),
            "known": (known_ids(hits, self.gazetteer, size), known),
            "case": (case_ids(tokens, facts), case),
        }
        at = windows(tokens, zones.token)
        slots = {
            stream: {o: padded(ids, (pad, pad + 1))[at[o]] for o in OFFSETS[stream]}
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
        facts = self.facts.of(self.facts.numbers(tokens.vocabulary))
        hits = self.gazetteer.match(tokens, facts.lower)
        names = self._names(self.spans(tokens, hits, facts), hits, tokens)
        english = [(article.language or "en").split("-")[0] == "en" for article in articles]
        known = self._known(hits, tokens, np.array(english, np.bool_))
        result = []
        for number, article in enumerate(articles):
            low, high = int(tokens.doc[number]), int(tokens.doc[number + 1])
            found = _between(known, low, high)
            if english[number]:
                own = settle(_between(names, low, high), tokens, self.gazetteer)
                found = merged(own, found, self._users, tokens)
            result.append(entities_of(article.text, tokens, found, self.gazetteer))
        return result

    def _known(self, hits: Hits, tokens: TokenBatch, english: NDArray[np.bool_]) -> list[Name]:
        """The gazetteer's matches that are names by themselves, with their likeliest type.

        In English those of types that the model does not know and the user's, elsewhere the
        famous ones.
        """
        in_english = english[np.searchsorted(tokens.doc, hits.first, "right") - 1]
        form = hits.form
        keep = np.where(in_english, self.alone[form], self.famous[form])
        first, last, form = hits.first[keep], hits.last[keep], form[keep]
        chance = np.where(self.gazetteer.styles[form] > 0, KNOWN[1], KNOWN[0])
        columns = (first, last, chance, tokens.start[first], tokens.end[last], form)
        return [
            Name(a, b, self.top_type[form], chance, start, end, form)
            for a, b, chance, start, end, form in zip(*(c.tolist() for c in columns), strict=True)
        ]

    def _users(self, name: Name) -> bool:
        return name.form >= 0 and bool(self.weight[name.form] >= USER_WEIGHT)

    def explain(self, tokens: TokenBatch, word: str, most: int = 8) -> list[tuple[str, str]]:
        """Evidence for the label of each token `word`: (label, what spoke for it) by weight.

        Weights are those of the linear part for the label against O; the hidden layer's sum and
        the second pass are one line each.
        """
        return explanation(self.model, self.gazetteer, tokens, word, most)

    def _names(self, spans: Spans, hits: Hits, tokens: TokenBatch) -> list[Name]:
        """The model's names with the gazetteer's form for the same tokens, if any."""
        pairs = zip(hits.first.tolist(), hits.last.tolist(), strict=True)
        form_at = dict(zip(pairs, hits.form.tolist(), strict=True))
        bounds = (tokens.start[spans.first], tokens.end[spans.last])
        columns = (spans.first, spans.last, spans.kind, spans.confidence, *bounds)
        return [
            Name(a, b, TYPES[kind], chance, start, end, form_at.get((a, b), -1))
            for a, b, kind, chance, start, end in zip(*(c.tolist() for c in columns), strict=True)
        ]


def _between(names: Sequence[Name], low: int, high: int) -> list[Name]:
    """The names, sorted by first token, that begin in tokens low..high (exclusive)."""
    start = bisect_left(names, low, key=lambda n: n.first)
    return list(names[start : bisect_left(names, high, key=lambda n: n.first)])


def bounded(scores: Floats, moves: Floats, zones: Zones) -> Floats:
    """`scores` with the moves into and out of each segment added."""
    result = scores.copy()
    result[zones.first] += moves[0]
    result[zones.first + zones.length - 1] += moves[:, 0]
    return result


def _least(values: Floats, begin: Ints, last: Ints) -> Floats:
    """The smallest of `values[begin[i]..last[i]]` for each i."""
    if not len(begin):
        return np.empty(0, np.float32)
    edges = np.stack((begin, last + 1), 1).reshape(-1)
    padded = np.concatenate((values, [np.float32(1)]))
    result: Floats = np.minimum.reduceat(padded, edges)[::2]
    return result


def load_tagger(user_gazetteer: Path | None = None) -> Tagger:
    """The shipped tagger with a gazetteer of the user's (CSV or compact file), if any.

    None takes the file that the setting `gazetteer` names. Loaded once per file and process.

    Raises:
        ValueError: the user's gazetteer is malformed; the line is named.
        OSError: it cannot be read.
    """
    return _load(user_gazetteer or settings().gazetteer)


@cache
def _load(user_gazetteer: Path | None) -> Tagger:
    entries = list(read(DATA / "gazetteer.tsv.gz"))
    if user_gazetteer is not None:
        reader = read_csv if user_gazetteer.suffix == ".csv" else read
        entries = [*reader(user_gazetteer), *entries]
    gazetteer = Gazetteer(entries)
    weights = load_weights(DATA / "model.npz")
    return Tagger(Model(weights, known_vocabulary(gazetteer)), gazetteer)
