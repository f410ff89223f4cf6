"""Our Viterbi and marginals give what python-crfsuite gives, on a model that it trained."""

from pathlib import Path

import numpy as np
import pycrfsuite
import pytest

from streams.stages.entities import crf

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


def converted(
    tagger: pycrfsuite.Tagger, sentences: list[list[list[str]]]
) -> tuple[crf.Floats, crf.Floats, list[str], crf.Packing]:
    info, labels = tagger.info(), tagger.labels()
    moves = np.array(
        [[info.transitions.get((a, b), 0.0) for b in labels] for a in labels], np.float32
    )
    scores = np.array(
        [
            [sum(info.state_features.get((a, y), 0.0) for a in item) for y in labels]
            for items in sentences
            for item in items
        ],
        np.float32,
    )
    length = np.array([len(items) for items in sentences])
    return scores, moves, labels, crf.pack(np.cumsum(length) - length, length)


def test_the_labels_are_exactly_those_of_crfsuite(tagger: pycrfsuite.Tagger) -> None:
    rng = np.random.default_rng(6)
    sentences = [sentence(rng)[0] for _ in range(300)]
    scores, moves, labels, packing = converted(tagger, sentences)
    ours = [labels[y] for y in crf.viterbi(scores, moves, packing)]
    theirs = [y for items in sentences for y in tagger.tag(items)]
    assert len(set(theirs)) > 1
    assert ours == theirs


def test_the_marginals_are_those_of_crfsuite(tagger: pycrfsuite.Tagger) -> None:
    rng = np.random.default_rng(7)
    sentences = [sentence(rng)[0] for _ in range(20)]
    scores, moves, labels, packing = converted(tagger, sentences)
    chance = crf.posterior(scores, moves, packing)
    assert np.allclose(chance, crf.marginals(scores, moves, packing)[0], atol=1e-5)
    at = 0
    for items in sentences:
        tagger.set(items)
        for position in range(len(items)):
            for column, label in enumerate(labels):
                theirs = tagger.marginal(label, position)
                assert chance[at, column] == pytest.approx(theirs, abs=2e-4)
            at += 1


def test_a_row_of_a_product_does_not_depend_on_the_other_rows() -> None:
    rng = np.random.default_rng(1)
    left = rng.standard_normal((700, 64)).astype(np.float32)
    right = rng.standard_normal((64, 21)).astype(np.float32)
    whole = crf.product(left, right)
    for low, high in ((0, 1), (5, 300), (699, 700)):
        assert np.array_equal(crf.product(left[low:high], right), whole[low:high])
    assert crf.product(left[:0], right).shape == (0, 21)
    assert np.allclose(whole, left @ right, atol=1e-4)
