"""The compiled loops give exactly what the reference in NumPy gives, on any text."""

from functools import cache

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.stages.entities import load_tagger
from streams.stages.entities.encode import case_ids, known_ids, zones_of
from streams.stages.entities.facts import facts_of
from streams.stages.entities.twins import beliefs, word_keys
from streams.text.tokens import tokenise
from tests.unit import reference_entities as reference

WORDS = st.sampled_from(
    'Ana ana ANA Silva silva of the U.S. NATO nato - ( ) . , \n " Xi said Zoë ÇA F 16 New York'
    " Prime Minister cruise missile Ankara Turkey Security Council İstanbul 中国".split(" ")
)
TEXTS = st.lists(st.lists(WORDS, max_size=60).map(" ".join), min_size=1, max_size=4)


@cache
def lexicon() -> tuple[frozenset[str], frozenset[str]]:
    weights = load_tagger().model.weights
    return weights.links, weights.cores


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_zones_and_codes_are_those_of_the_reference(texts: list[str]) -> None:
    tokens, gazetteer = tokenise(texts), load_tagger().gazetteer
    facts = facts_of(tokens.vocabulary, *lexicon())
    zones = zones_of(facts.kind, tokens)
    mask = reference.zone_mask(facts.kind[tokens.ids], tokens)
    first, length = reference.segments(mask, tokens)
    assert zones.token.tolist() == np.flatnonzero(mask).tolist()
    assert zones.token[zones.first].tolist() == first.tolist()
    assert zones.length.tolist() == length.tolist()
    hits = gazetteer.match(tokens)
    known = reference.known_ids(hits, gazetteer, tokens.size)
    assert known_ids(hits, gazetteer, tokens.size).tolist() == known.tolist()
    assert case_ids(tokens, facts).tolist() == reference.case_ids(tokens, facts).tolist()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_beliefs_are_the_mean_over_the_same_words_of_the_text(texts: list[str]) -> None:
    tokens = tokenise(texts)
    facts = facts_of(tokens.vocabulary, *lexicon())
    zones = zones_of(facts.kind, tokens)
    rng = np.random.default_rng(len(zones.token))
    chance = rng.random((len(zones.token), 3), dtype=np.float32)
    twins = word_keys(tokens, zones, facts)
    found = beliefs(chance, twins)
    text = np.searchsorted(tokens.doc, zones.token, "right")
    word = tokens.ids[zones.token]
    for n in range(len(zones.token)):
        same = (text == text[n]) & (facts.fold[word] == facts.fold[word[n]])
        same &= facts.capital[word] & facts.capital[word[n]]
        same[n] = False
        mean = chance[same].mean(0) if same.any() else np.zeros(3)
        assert np.allclose(found[n], mean, atol=1e-6)
        assert (twins.group[n] >= 0) == same.any()
