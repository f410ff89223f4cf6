"""Our Viterbi and marginals give what python-crfsuite gives, on a model that it trained."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pycrfsuite
import pytest

from streams.stages.entities import chain_loops, crf
from streams.stages.entities.crf import FORBIDDEN
from streams.stages.entities.tagger import Moves
from tests.unit import reference_entities

WORDS = ("Ana", "Silva", "of", "Rio", "met", "the", "navy", "chief", "in", "Lima", ".")
LABELS = ("O", "B", "I")


def sentence(rng: np.random.Generator) -> tuple[list[list[str]], list[str]]:
    words = rng.choice(WORDS, rng.integers(1, 13)).tolist()
    items = [
        [f"w={w}", f"cap={w[0].isupper()}", f"prev={words[i - 1] if i else '^'}"]
        for i, w in enumerate(words)
    ]
    labels = [str(rng.choice(LABELS)) if w[0].isupper() else "O" for w in words]
    return items, labels


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> pycrfsuite.Tagger:
    rng = np.random.default_rng(5)
    path: Path = tmp_path_factory.mktemp("crf") / "model"
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c2": 0.1, "max_iterations": 30, "feature.possible_transitions": True})
    for _ in range(150):
        trainer.append(*sentence(rng))
    trainer.train(str(path))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


class Chains(NamedTuple):
    """CRFsuite's scores and moves among the tagger's many labels, the others forbidden."""

    scores: crf.Floats
    moves: Moves
    names: list[str]
    first: crf.Ints
    length: crf.Ints


def converted(tagger: pycrfsuite.Tagger, sentences: list[list[list[str]]]) -> Chains:
    info, labels = tagger.info(), tagger.labels()
    size = chain_loops.SIZE
    moves = np.full((size, size), FORBIDDEN, np.float32)
    moves[: len(labels), : len(labels)] = [
        [info.transitions.get((a, b), 0.0) for b in labels] for a in labels
    ]
    rows = [
        [sum(info.state_features.get((a, y), 0.0) for a in item) for y in labels]
        for items in sentences
        for item in items
    ]
    scores = np.full((len(rows), size), FORBIDDEN, np.float32)
    scores[:, : len(labels)] = rows
    length = np.array([len(items) for items in sentences])
    return Chains(scores, Moves.of(moves), labels, np.cumsum(length) - length, length)


def chances(chains: Chains) -> crf.Floats:
    packed = np.exp(chain_loops.below_best(chains.scores))
    every = np.ones(len(chains.first), np.bool_)
    return chain_loops.posterior(packed, chains.moves.weights, chains.first, chains.length, every)


def test_the_labels_are_exactly_those_of_crfsuite(tagger: pycrfsuite.Tagger) -> None:
    rng = np.random.default_rng(6)
    sentences = [sentence(rng)[0] for _ in range(300)]
    chains = converted(tagger, sentences)
    numbers, named = chain_loops.viterbi(
        chains.scores, chains.moves.scores, chains.first, chains.length
    )
    ours = [chains.names[y] for y in numbers]
    theirs = [y for items in sentences for y in tagger.tag(items)]
    assert len(set(theirs)) > 1
    assert ours == theirs
    ends = np.add.reduceat(numbers > 0, chains.first)
    assert named.tolist() == (ends > 0).tolist()


def test_the_labels_and_marginals_are_those_of_numpy(tagger: pycrfsuite.Tagger) -> None:
    rng = np.random.default_rng(8)
    chains = converted(tagger, [sentence(rng)[0] for _ in range(200)])
    size = chain_loops.SIZE
    noise = rng.normal(size=(len(chains.scores), size)).astype(np.float32)
    moves = rng.normal(size=(size, size)).astype(np.float32)
    chains = chains._replace(scores=noise, moves=Moves.of(moves))
    packing = crf.pack(chains.first, chains.length)
    ours = chain_loops.viterbi(noise, chains.moves.scores, chains.first, chains.length)[0]
    assert np.array_equal(ours, crf.viterbi(noise, moves, packing))
    assert np.allclose(chances(chains), crf.marginals(noise, moves, packing)[0], atol=1e-5)
    exact = reference_entities.posterior(noise, moves, packing)
    assert np.allclose(chances(chains), exact, atol=1e-7)


def test_the_marginals_are_those_of_crfsuite(tagger: pycrfsuite.Tagger) -> None:
    rng = np.random.default_rng(7)
    sentences = [sentence(rng)[0] for _ in range(20)]
    chains = converted(tagger, sentences)
    chance = chances(chains)
    at = 0
    for items in sentences:
        tagger.set(items)
        for position in range(len(items)):
            for column, label in enumerate(chains.names):
                theirs = tagger.marginal(label, position)
                assert chance[at, column] == pytest.approx(theirs, abs=2e-4)
            at += 1


def test_a_row_of_a_product_does_not_depend_on_the_other_rows() -> None:
    rng = np.random.default_rng(1)
    left = rng.standard_normal((700, 64)).astype(np.float32)
    right = rng.standard_normal((64, 21)).astype(np.float32)
    whole = crf.Exact(right).product(left)
    for low, high in ((0, 1), (5, 300), (699, 700)):
        assert np.array_equal(crf.Exact(right).product(left[low:high]), whole[low:high])
    assert crf.Exact(right).product(left[:0]).shape == (0, 21)
    assert np.allclose(whole, left @ right, atol=1e-4)
