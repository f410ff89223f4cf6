"""The tagger: articles and their tokens in, entities with exact offsets out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.records import Article, Entity
from streams.settings import settings
from streams.stages.entities.arms import listed
from streams.stages.entities.document import entities_of, merged, settle
from streams.stages.entities.encode import Zones, case_ids, known_ids, known_vocabulary, zones_of
from streams.stages.entities.entries import USER_WEIGHT, WIDE_WEIGHT, Entry, read, read_csv
from streams.stages.entities.evidence import explanation
from streams.stages.entities.facts import Facts, WordFacts
from streams.stages.entities.forms import ANY_CAPITALS
from streams.stages.entities.forms import load as load_forms
from streams.stages.entities.gazetteer import Gazetteer, Hits
from streams.stages.entities.labels import TYPES, legal
from streams.stages.entities.model import Doubles, Floats, Ints, Model, load_weights, whole
from streams.stages.entities.names import Name, Spelling
from streams.stages.entities.twins import Twins, beliefs, word_keys
from streams.text.tokens import TokenBatch

DATA = Path(__file__).parent / "data"
Bools = NDArray[np.bool_]
KNOWN = (0.57, 0.9)
"""Confidence in a match that only the gazetteer found: of a common word (the share that was right
on re3d's tuning half), of a name."""
FAMOUS = 6.0
"""Least weight of an entry that is tagged in languages that no model knows: cities of a million.
Of the broad lists' names only those of several words are."""


@dataclass(slots=True, frozen=True)
class Spans:
    """Names found by the model: first and last token (inclusive), type number, probability."""

    first: Ints
    last: Ints
    kind: Ints
    confidence: Floats


@dataclass(slots=True, frozen=True)
class Moves:
    """Transitions (L, L) for the loops: `scores` padded, `weights` of forward and backward."""

    scores: Floats
    weights: tuple[Doubles, Doubles]

    @classmethod
    def of(cls, scores: Floats) -> "Moves":
        """The transitions with these scores."""
        padded = np.zeros(whole(scores)[0].shape, np.float32)
        padded[:, : scores.shape[1]] = scores
        weight = np.exp(scores).astype(np.float64)
        return cls(padded, (whole(weight)[0], whole(weight.T)[0]))

    def posterior(self, scores: Floats, zones: Zones, wanted: Bools) -> Floats:
        """Per token of the wanted segments the probability of each label, (n, L)."""
        from streams.stages.entities import chain_loops as loops  # noqa: PLC0415 - the compiler

        packed = loops.below_best(scores)
        np.exp(packed, out=packed)
        return loops.posterior(packed, self.weights, zones.first, zones.length, wanted)


class Tagger:
    """Tags batches; the same article gets the same entities in any batch."""

    def __init__(self, model: Model, gazetteer: Gazetteer) -> None:
        self.model = model
        self.gazetteer = gazetteer
        forms = gazetteer.forms
        self.weight = forms.weight
        unknown = np.array([kind not in TYPES for kind in forms.types], np.bool_)
        self.users = frozenset(np.flatnonzero(self.weight >= USER_WEIGHT).tolist())
        self.alone = unknown[forms.kind] | (self.weight >= USER_WEIGHT)
        sure = forms.several | (self.weight != WIDE_WEIGHT)
        self.famous = sure & (self.weight >= FAMOUS) & (forms.style != ANY_CAPITALS)
        self.facts = Facts(model.weights.links, model.weights.cores)
        self.first = Moves.of(model.weights.transitions + legal())
        self.second = Moves.of(model.weights.second_transitions + legal())
        echo = [whole(matrix) for matrix in model.weights.echo]
        self.echo = np.stack([matrix for matrix, _ in echo])
        self.echo_unit = np.array([unit for _, unit in echo])

    def spans(self, tokens: TokenBatch, hits: Hits, facts: WordFacts) -> Spans:
        """The model's names in all texts, in order."""
        from streams.stages.entities import chain_loops as loops  # noqa: PLC0415 - the compiler

        zones = zones_of(facts.kind, tokens)
        codes = {
            "known": known_ids(hits, self.gazetteer, tokens.size),
            "case": case_ids(tokens, facts),
        }
        scores = self.model.scores(tokens, zones, codes)
        twins = word_keys(tokens, zones, facts)
        if len(twins.order):
            self._hear(scores, zones, twins)
        loops.bound(scores, self.second.scores, zones.first, zones.length)
        labels, named = loops.viterbi(scores, self.second.scores, zones.first, zones.length)
        chance = self.second.posterior(scores, zones, named)
        first, last, kind, least = loops.names(labels, chance)
        return Spans(zones.token[first], zones.token[last], kind, self._calibrated(least))

    def _hear(self, scores: Floats, zones: Zones, twins: Twins) -> None:
        """Add what the first pass believes of each token's twins to `scores`, in place."""
        from streams.stages.entities import chain_loops as loops  # noqa: PLC0415 - the compiler

        asked = np.zeros(len(zones.first), np.bool_)
        asked[np.searchsorted(zones.first, twins.order, "right") - 1] = True
        first_scores = bounded(scores, self.first.scores, zones)
        chance = self.first.posterior(first_scores, zones, asked)
        heard = (beliefs(chance, twins), twins.group)
        loops.add_echo(scores, (zones.first, zones.length), heard, self.echo, self.echo_unit)

    def _calibrated(self, chance: Floats) -> Floats:
        meta = self.model.weights.meta
        p = np.clip(chance.astype(np.float64), 1e-4, 1 - 1e-4)
        odds = meta["slope"] * np.log(p / (1 - p)) + meta["shift"]
        calibrated: Floats = (1 / (1 + np.exp(-odds))).astype(np.float32)
        return calibrated

    def tag(self, articles: Sequence[Article], tokens: TokenBatch) -> list[list[Entity]]:
        """The entities of each article, in order of their first mention.

        `tokens` are those of the articles' texts, in the same order. An article in a language
        other than English gets only names that the gazetteer knows.
        """
        facts = self.facts.of(self.facts.numbers(tokens.vocabulary))
        hits = self.gazetteer.match(tokens, facts.lower)
        spelling = Spelling(tokens.ids.tolist(), tokens.vocabulary, facts.lower)
        spans = self.spans(tokens, hits, facts)
        names = self._names(spans, hits, tokens, spelling)
        english = [(article.language or "en").split("-")[0] == "en" for article in articles]
        known = self._known(hits, tokens, spelling, np.array(english, np.bool_))
        bounds = np.searchsorted(spans.first, tokens.doc).tolist()
        known_bounds = np.searchsorted([name.first for name in known], tokens.doc).tolist()
        result = []
        for number, article in enumerate(articles):
            found = known[known_bounds[number] : known_bounds[number + 1]]
            if english[number]:
                own = names[bounds[number] : bounds[number + 1]]
                own = settle(own, tokens, spelling, self.gazetteer)
                found = merged(own, found, self.users, spelling)
            result.append(entities_of(article.text, spelling, found, self.gazetteer))
        return result

    def _known(
        self, hits: Hits, tokens: TokenBatch, spelling: Spelling, english: Bools
    ) -> list[Name]:
        """The gazetteer's matches that are names by themselves, with their likeliest type.

        In English those of types that the model does not know and the user's, elsewhere the
        famous ones.
        """
        in_english = english[np.searchsorted(tokens.doc, hits.first, "right") - 1]
        form = hits.form
        keep = np.where(in_english, self.alone[form], self.famous[form])
        first, last, form = hits.first[keep], hits.last[keep], form[keep]
        forms = self.gazetteer.forms
        chance = np.where(forms.style[form] == ANY_CAPITALS, KNOWN[0], KNOWN[1])
        kind = forms.kind[form]
        columns = (first, last, kind, chance, tokens.start[first], tokens.end[last], form)
        names = [
            Name(a, b, forms.types[kind], chance, start, end, spelling.key(a, b), form)
            for a, b, kind, chance, start, end, form in zip(
                *(c.tolist() for c in columns), strict=True
            )
        ]
        return listed(names, tokens, spelling, self.gazetteer)

    def explain(self, tokens: TokenBatch, word: str, most: int = 8) -> list[tuple[str, str]]:
        """Evidence for the label of each token `word`: (label, what spoke for it) by weight.

        Weights are those of the linear part for the label against O; the hidden layer's sum and
        the second pass are one line each.
        """
        return explanation(self.model, self.gazetteer, tokens, word, most)

    def _names(
        self, spans: Spans, hits: Hits, tokens: TokenBatch, spelling: Spelling
    ) -> list[Name]:
        """The model's names with the gazetteer's form for the same tokens, if any."""
        hit_at = np.full(tokens.size, -1)
        hit_at[hits.first] = np.arange(len(hits.first))
        hit = hit_at[spans.first]
        same = np.flatnonzero(hit >= 0)
        same = same[hits.last[hit[same]] == spans.last[same]]
        form = np.full(len(hit), -1)
        form[same] = hits.form[hit[same]]
        bounds = (tokens.start[spans.first], tokens.end[spans.last])
        columns = (spans.first, spans.last, spans.kind, spans.confidence, *bounds, form)
        return [
            Name(a, b, TYPES[kind], chance, start, end, spelling.key(a, b), form)
            for a, b, kind, chance, start, end, form in zip(
                *(c.tolist() for c in columns), strict=True
            )
        ]


def bounded(scores: Floats, moves: Floats, zones: Zones) -> Floats:
    """`scores` with the moves into and out of each segment added."""
    from streams.stages.entities.chain_loops import bound  # noqa: PLC0415 - the compiler

    result = scores.copy()
    bound(result, moves, zones.first, zones.length)
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
    entries, forms = load_forms(DATA / "gazetteer")
    own: list[Entry] = []
    if user_gazetteer is not None:
        own += read_csv(user_gazetteer) if user_gazetteer.suffix == ".csv" else read(user_gazetteer)
    gazetteer = Gazetteer(entries, forms, own)
    weights = load_weights(DATA / "model")
    return Tagger(Model(weights, known_vocabulary(gazetteer)), gazetteer)
