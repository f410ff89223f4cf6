"""Subjects: the classifier's contract, on texts written for these tests."""

import gzip
import io
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from streams.evaluation.subjects import CATEGORIES, Labelled, chance_error, expected_error
from streams.records import Article, Entity, Mention, Subject
from streams.stages.subjects import Classifier, load_classifier, taxonomy
from streams.stages.subjects.features import fold
from streams.stages.subjects.model import FILE, Model, dump, parse
from streams.stages.subjects.scoring import LEAD
from streams.text.tokens import tokenise
from streams.training.subjects import train

DEFENCE = (
    "The defence minister inspected the new frigate before the military exercise. "
    "Troops and warships of the navy will test a ballistic missile off the coast, the ministry "
    "of defence said. The armed forces called it the largest drill in ten years."
)
FOOTBALL = (
    "The striker scored twice as the visitors won the cup final. The goalkeeper saved a penalty "
    "and the coach praised the team after the match. The league season ends on Sunday."
)
SPORT = "medtop:15000000"
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
    assert np.all(classifier.calibrated(score) <= 1)
    assert np.all(classifier.calibrated(-score) >= 0)


def test_a_title_outside_the_text_speaks_too() -> None:
    text = "It happened on the coast, and people said little about it."
    article = Article(article_id="0", title="Navy test-fires ballistic missile", text=text)
    subjects = load_classifier().classify([article], tokenise([text]))[0]
    defence = next(s for s in subjects if s.code == "medtop:20000598")
    assert "missile" in {e.text for e in defence.evidence if e.start == -1 == e.end}


def test_what_an_article_says_first_counts_more() -> None:
    war, sport = (load_classifier().model.codes.index(c) for c in ("medtop:20000598", SPORT))
    texts = ["\n".join(pair) for pair in ((DEFENCE, FOOTBALL), (FOOTBALL, DEFENCE))]
    articles = [Article(article_id=str(i), text=text) for i, text in enumerate(texts)]
    first, second = load_classifier().confidences(articles, tokenise(texts))
    assert first[war] > second[war]
    assert first[sport] < second[sport]


def test_a_title_counts_the_same_in_the_text_and_apart() -> None:
    title = "Navy test-fires ballistic missile"
    apart = Article(article_id="0", title=title, text=FOOTBALL)
    inside = Article(article_id="1", title=title, text=f"{title}\n{FOOTBALL}")
    untitled = Article(article_id="2", text=FOOTBALL)
    articles = [apart, inside, untitled]
    found = load_classifier().confidences(articles, tokenise([a.text for a in articles]))
    assert found[0] == pytest.approx(found[1], abs=0.02)
    assert np.abs(found[0] - found[2]).max() > 0.1


def test_the_surest_rival_leads_the_topics_below_it() -> None:
    codes = ("medtop:11000000", "medtop:20000638", "medtop:20000593", SPORT)
    flat = np.zeros(4, np.float32)
    model = replace(
        tiny(),
        codes=codes,
        slope=flat + 1,
        offset=flat,
        surest_slope=flat,
        surest_offset=flat + 1,
        rivals=np.array([0, 1, 3]),
    )
    sure = Classifier(model).calibrated(np.array([[2, 1, 0, -1], [1, 2, 0, -1]], np.float32))
    logit = np.log(sure / (1 - sure))
    assert logit == pytest.approx(np.array([[3, 1, 1, -1], [1, 3, 0, -1]]), abs=1e-4)


def test_a_phrase_inside_an_entity_stands_for_the_whole_name() -> None:
    start = DEFENCE.index("ministry of defence")
    end = start + len("ministry of defence")
    mention = Mention(start=start, end=end, text=DEFENCE[start:end], confidence=1.0)
    entity = Entity(entity_id="x", type="ORG", name="Ministry of Defence", mentions=[mention])
    article = Article(article_id="0", text=DEFENCE, entities=[entity])
    found = load_classifier().classify([article], tokenise([DEFENCE]))[0]
    spans = {(e.start, e.end) for s in found for e in s.evidence}
    inside = {(a, b) for a, b in spans if start <= a and b <= end}
    assert inside <= {(start, end)}


def tiny() -> Model:
    flat = [np.full(1, value, np.float32) for value in (1, 0, 1, 0, 0, 0, 0.5)]
    return Model(
        codes=("medtop:16000000",),
        words=("war", "zone"),
        pairs=np.array([[0, 1]], np.int32),
        idf=np.ones(3, np.float32),
        weights=np.array([[3], [1], [9]], np.int8),
        scale=flat[0],
        bias=flat[1],
        slope=flat[2],
        offset=flat[3],
        surest_slope=flat[4],
        surest_offset=flat[5],
        threshold=flat[6],
        rivals=np.empty(0, np.int64),
    )


def test_the_model_file_is_the_same_after_a_round_trip() -> None:
    data = dump(tiny())
    assert dump(parse(data)) == data
    assert parse(data).words == ("war", "zone")


def test_the_shipped_model_is_small() -> None:
    assert (files("streams.stages.subjects") / FILE).stat().st_size < 8_000_000  # type: ignore[attr-defined]


def test_another_format_of_model_is_refused() -> None:
    head = np.load(io.BytesIO(gzip.decompress(dump(tiny())))).tobytes()
    other = io.BytesIO()
    np.save(other, np.frombuffer(b"9" + head[1:], np.uint8))
    with pytest.raises(ValueError, match="format 9"):
        parse(gzip.compress(other.getvalue()))


def test_words_and_pairs_count_and_length_is_normed() -> None:
    classifier = Classifier(tiny())
    texts = ["war zone", "war zone war zone war zone", "zone", "peace"]
    articles = [Article(article_id=str(i), text=t) for i, t in enumerate(texts)]
    sure = classifier.confidences(articles, tokenise(texts))[:, 0]
    logit = np.log(sure / (1 - sure))
    later = 1 / (1 + len("war ") / LEAD)
    assert logit[0] == pytest.approx((3 + 1 * later + 9) / (2 + later**2) ** 0.5, abs=1e-3)
    assert logit[1] < logit[0] + 0.5
    assert logit[2:] == pytest.approx([1, 0], abs=1e-3)
    given = classifier.classify(articles, tokenise(texts))[0]
    assert [(e.text, e.start, e.end) for e in given[0].evidence] == [
        ("war zone", 0, 8),
        ("war", 0, 3),
        ("zone", 4, 8),
    ]


def test_calibration_error_of_known_answers() -> None:
    right = np.array([True, True, False, False])
    sure = np.array([0.55, 0.55, 0.55, 0.55], np.float32)
    assert expected_error(sure, right) == pytest.approx(0.05)
    assert expected_error(np.array([0.95] * 4, np.float32), right) == pytest.approx(0.45)


def test_the_error_by_chance_shrinks_with_the_number_of_answers() -> None:
    classes = {"sport": (SPORT,)}
    rows = [
        Labelled(Article(article_id=str(n), text=text), frozenset({"sport"}))
        for n, text in enumerate([FOOTBALL, DEFENCE, FOOTBALL[:60], DEFENCE[:60]])
    ]
    few, many = (chance_error(load_classifier(), rows * times, classes) for times in (1, 64))
    assert 0 < many < few / 4
    assert chance_error(load_classifier(), rows, classes) == few


def test_training_gives_the_same_bytes(tmp_path: Path) -> None:
    data, labels = _tiny_corpus(tmp_path)
    assert dump(train(data, labels)) == dump(train(data, labels))


def _tiny_corpus(folder: Path) -> tuple[Path, Path]:
    words = ["striker goal", "court judge", "election vote", "bank profit", "quake flood"]
    rows = [
        {
            "date": f"{2016 + i % 3}-01-01",
            "category": category,
            "text": f"{words[i % 5]} {i}",
            "headings": [],
        }
        for i, category in enumerate([*CATEGORIES] * 6)
    ]
    for name in ("topics", "ner", "articles"):
        (folder / name).mkdir()
    lines = "\n".join(json.dumps(row) for row in rows)
    _write(folder / "topics/wcep-categorised.jsonl.gz", lines)
    _write(folder / "ner/worldwide-train.tsv.gz", "# file a\ntroops\tO\nmarched\tO\n")
    _write(folder / "ner/gmb.csv.gz", "Sentence #,Word,POS,Tag\nSentence: 1,War,NN,O\n")
    addresses = [f"https://example.org/{i}" for i in range(20)]
    table = [f"{address},2020-01-01,t,{words[i % 5]}" for i, address in enumerate(addresses)]
    _write(folder / "articles/wikinews-2019.csv.gz", "url,date,title,text")
    _write(folder / "articles/wikinews-2020.csv.gz", "\n".join(["url,date,title,text", *table]))
    labels = folder / "labels.tsv"
    labels.write_text("\n".join(f"{address}\t15000000 20000822" for address in addresses), "utf-8")
    return folder, labels


def _write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()))
