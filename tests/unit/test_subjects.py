"""Subjects: the classifier's contract, on texts written for these tests."""

import numpy as np
import pytest

from streams.records import Article, Subject
from streams.stages.subjects import load_classifier, taxonomy
from streams.stages.subjects.features import fold
from streams.text.tokens import tokenise

DEFENCE = (
    "The defence minister inspected the new frigate before the military exercise. "
    "Troops and warships of the navy will test a ballistic missile off the coast, the ministry "
    "of defence said. The armed forces called it the largest drill in ten years."
)
FOOTBALL = (
    "The striker scored twice as the visitors won the cup final. The goalkeeper saved a penalty "
    "and the coach praised the team after the match. The league season ends on Sunday."
)
NOTHING = "It was so. Then it was not so, and nobody knew why."


def classify(*texts: str) -> list[list[Subject]]:
    articles = [Article(article_id=str(i), text=text) for i, text in enumerate(texts)]
    return load_classifier().classify(articles, tokenise(texts))


def codes(subjects: list[Subject]) -> set[str]:
    return {s.code for s in subjects}


def test_defence_article_is_about_defence() -> None:
    assert "medtop:20000598" in codes(classify(DEFENCE)[0])


def test_football_article_is_about_sport_and_not_war() -> None:
    found = codes(classify(FOOTBALL)[0])
    assert "medtop:15000000" in found
    assert "medtop:16000000" not in found


@pytest.mark.parametrize("text", ["", " \n", NOTHING, "。。。", "\U0001f600 \U0001f680"])
def test_abstains_without_evidence(text: str) -> None:
    assert classify(text) == [[]]


def test_evidence_stands_where_it_says() -> None:
    text = "\U0001f680 " + DEFENCE + "\n" + FOOTBALL
    subjects = classify(text)[0]
    evidence = [e for s in subjects for e in s.evidence]
    assert evidence
    assert all(text[e.start : e.end] == e.text and e.weight > 0 for e in evidence)


def test_every_subject_has_evidence_and_a_confidence() -> None:
    for subject in classify(DEFENCE)[0]:
        assert subject.evidence
        assert 0 < subject.confidence <= 1
        assert subject.label == taxonomy.topics()[subject.code].name


def test_parents_are_implied_at_no_less_confidence() -> None:
    found = {s.code: s for s in classify(DEFENCE)[0]}
    for code, subject in found.items():
        for parent in taxonomy.lineage(code)[1:]:
            assert found[parent].confidence >= subject.confidence


def test_answers_do_not_depend_on_the_batch() -> None:
    alone = [classify(text)[0] for text in (DEFENCE, FOOTBALL, NOTHING)]
    assert classify(DEFENCE, FOOTBALL, NOTHING) == alone
    assert classify(NOTHING, FOOTBALL, DEFENCE) == alone[::-1]


def test_an_empty_batch_has_no_answers() -> None:
    assert load_classifier().classify([], tokenise([])) == []


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Missiles", "missile"),
        ("China's", "china"),
        ("U.S.", ""),
        ("countries", "country"),
        ("crisis", "crisis"),
        ("2024", ""),
        ("the", ""),
        ("—", ""),
    ],
)
def test_fold(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_the_taxonomy_is_a_tree_of_17_topics() -> None:
    topics = taxonomy.topics()
    assert len([t for t in topics.values() if t.parent is None]) == 17
    assert all(t.parent is None or t.parent in topics for t in topics.values())
    assert taxonomy.lineage("medtop:20000639") == (
        "medtop:20000639",
        "medtop:20000638",
        "medtop:11000000",
    )


def test_the_model_knows_only_topics_in_use_and_all_top_topics() -> None:
    known = set(load_classifier().model.codes)
    tops = {t.code for t in taxonomy.topics().values() if t.parent is None}
    assert tops <= known <= set(taxonomy.topics())


def test_confidence_is_a_probability() -> None:
    classifier = load_classifier()
    score = np.full((1, len(classifier.model.codes)), 1e3, np.float32)
    assert np.all(classifier.confidence(score) <= 1)
    assert np.all(classifier.confidence(-score) >= 0)
