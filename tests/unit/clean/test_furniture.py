import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.records import Article
from streams.stages.clean import RawArticle, clean
from streams.stages.clean.characters import BREAK, DIGIT, END, LOWER, PLAIN, SIGN, SPACE, UPPER
from streams.stages.clean.features import own
from streams.stages.clean.furniture import is_page, kept, measured, models, reasons
from streams.stages.clean.lines import split
from streams.stages.clean.marks import marked
from streams.stages.clean.surroundings import best_block
from streams.stages.clean.trees import Trees, load

NAV = ["Home", "News", "Sport", "Weather", "Subscribe", "Log in", "Search", "Contact us", "Jobs"]
BODY = [
    "The council voted on Tuesday to rebuild the flooded library at twice its former size.",
    "Work on the new building begins in March, and should take two years, the mayor said.",
    '"We lost eleven thousand books in one night," said Ines Falk, who has run it since 2009.',
    "Donations from readers paid for half of the shelves, according to the library's own figures.",
    "The old reading room will stay closed until engineers have tested every beam in its roof.",
]
TAIL = [
    "Share on Facebook",
    "Tweet",
    "Related articles",
    "Ferry line adds a night boat",
    "Comments",
    "Leave a reply",
    "Privacy policy",
    "Terms of use",
    "© 2024 Harbour Post. All rights reserved.",
]
PAGE = "\n".join(
    ["Library to be rebuilt - Harbour Post", *NAV * 3, "Library to be rebuilt", *BODY, *TAIL, *NAV]
)


def test_a_whole_page_is_left_with_its_article() -> None:
    [article] = clean([RawArticle(text=PAGE)])
    assert isinstance(article, Article)
    assert article.text == "\n".join(BODY)


def test_a_plain_article_stays_whole() -> None:
    [article] = clean([RawArticle(text="\n\n".join(BODY))])
    assert isinstance(article, Article)
    assert article.text == "\n\n".join(BODY)
    assert article.removed == []


def test_a_page_is_told_from_an_article() -> None:
    lines = split([PAGE, "\n".join(BODY)])
    page = is_page(measured(lines))
    assert page[: lines.doc[1]].all()
    assert not page[lines.doc[1] :].any()


def test_a_text_of_furniture_alone_keeps_something() -> None:
    lines = split(["\n".join(NAV * 5)])
    assert kept(lines, measured(lines)).any()


TEXTS = st.lists(st.sampled_from([*NAV, *BODY, *TAIL, "", " ", "é", "図書館"]), max_size=40)


@given(st.lists(TEXTS.map("\n".join), max_size=4))
def test_the_batch_does_not_change_an_answer(texts: list[str]) -> None:
    assert reasons(texts) == [reasons([text])[0] for text in texts]


@given(st.lists(st.text(max_size=30), max_size=4))
def test_lines_are_where_python_finds_them(texts: list[str]) -> None:
    lines = split(texts)
    expected = [
        (text, number, line.strip())
        for text, whole in enumerate(texts)
        for number, line in enumerate(whole.split("\n"))
        if line.strip()
    ]
    found = [lines.content(line) for line in range(len(lines.start))]
    assert list(zip(lines.text_of.tolist(), lines.number.tolist(), found, strict=True)) == expected
    assert all(np.isfinite(column).all() for column in measured(lines).values())


def test_characters_have_their_class() -> None:
    kinds = split(["Ab1. \n😀\ud800"]).kind.tolist()
    assert kinds == [UPPER, LOWER, DIGIT, END, SPACE, BREAK, SIGN, PLAIN]


def test_phrases_count_as_whole_words_only() -> None:
    found = own(split(["Share on Facebook\nShareholders met\nSHARE\nシェアする"]))
    assert found["says_share"].round(2).tolist() == [0.94, 0.0, 1.0, 0.6]
    assert found["starts_any"].tolist() == [1, 0, 1, 1]


@given(st.lists(st.text(st.sampled_from("Ab1 .,-|“é図"), min_size=1), max_size=9))
def test_lines_are_counted_as_python_counts(texts: list[str]) -> None:
    lines = split(["\n".join(texts)])
    found = own(lines)
    contents = [lines.content(line) for line in range(len(lines.start))]
    words = [len(re.findall(r"\w+", line)) + line.count("図") / 2 for line in contents]
    assert np.expm1(found["words"]) == pytest.approx(words)
    assert np.expm1(found["signs"]) == pytest.approx([line.count("|") for line in contents])
    assert found["repeated"].tolist() == [contents.count(line) > 1 for line in contents]


def test_marks_of_a_comment_section_and_a_list() -> None:
    lines = ["1. Rain", "Some text.", "2. Wind", "3. Snow", "9 comments", "Ana Reis", "May 4, 2019"]
    found = marked(
        split(["\n".join([*lines, "Ana Reis is the paper's science editor since 2014."])])
    )
    assert found["is_item"].round(2).tolist() == [1.39, 0, 1.39, 1.39, 0, 0, 0, 0]
    assert found["is_tally"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]
    assert np.expm1(found["since_tally"]).round().tolist() == [99, 99, 99, 99, 99, 1, 2, 3]
    assert found["above_stamp"].round(2).tolist() == [0, 0, 0, 0, 0, 0, 0, 0.69]
    assert found["echo"].tolist() == [0, 0, 0, 0, 0, 0, 0, 1]


@given(st.lists(st.lists(st.integers(-5, 9), max_size=9), min_size=1, max_size=4))
def test_the_best_block_has_the_largest_sum(documents: list[list[int]]) -> None:
    doc = np.cumsum([0, *map(len, documents)])
    start, end = best_block(np.array([v for d in documents for v in d], np.float64), doc)
    for number, values in enumerate(documents):
        if values:
            sums = [
                sum(values[a : b + 1]) for a in range(len(values)) for b in range(a, len(values))
            ]
            a, b = start[number] - doc[number], end[number] - doc[number]
            assert 0 <= a <= b < len(values)
            assert sum(values[a : b + 1]) == max(sums)


def test_trees_go_right_above_the_threshold(tmp_path: Path) -> None:
    trees = Trees(
        ("x", "y"),
        np.array([[0, 1, 1]], np.int16),
        np.array([[0.5, 0.5, np.inf]], np.float32),
        np.array([[1, 2, 3, 4]], np.float32),
        0.25,
    )
    table = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], np.float32)
    assert trees.log_odds(table).tolist() == [1.25, 2.25, 3.25, 3.25]
    trees.save(tmp_path / "t.npz")
    trees.save(tmp_path / "u.npz")
    assert (tmp_path / "t.npz").read_bytes() == (tmp_path / "u.npz").read_bytes()
    assert load(tmp_path / "t.npz").log_odds(table).tolist() == [1.25, 2.25, 3.25, 3.25]


def test_the_exported_trees_say_what_scikit_learn_says() -> None:
    pytest.importorskip("sklearn")
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - an extra

    from streams.training.clean import exported  # noqa: PLC0415 - an extra

    rng = np.random.default_rng(1)
    table = rng.normal(size=(500, 4)).astype(np.float32)
    model = HistGradientBoostingClassifier(max_iter=9, max_depth=3, min_samples_leaf=5)
    model.fit(table, table[:, 0] * table[:, 1] > 0)
    trees = exported(model, "abcd", 3)
    assert np.allclose(trees.log_odds(table.T.copy()), model.decision_function(table), atol=1e-4)


def test_the_models_ask_only_for_columns_that_there_are() -> None:
    columns = measured(split([PAGE]))
    assert set(models()[1].names) <= set(columns)
