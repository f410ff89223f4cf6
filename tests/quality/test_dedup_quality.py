"""Floors just under the figures that `newswire quality dedup` printed on the check half."""

import pytest

from streams.evaluation.dedup import (
    false_merges,
    helsinki_pairs,
    relations,
    score,
    semeval_pairs,
)
from streams.evaluation.split import shared_data
from streams.stages.dedup import model
from streams.training.dedup import dump, train

pytestmark = pytest.mark.quality

try:
    DATA = shared_data()
except FileNotFoundError as missing:
    pytest.skip(str(missing), allow_module_level=True)


def test_duplicates_and_updates_on_the_hard_pairs() -> None:
    pairs = helsinki_pairs(DATA, check=True)
    scores = score(pairs, relations(pairs))
    assert scores.f1("duplicate") >= 0.72
    assert scores.macro_f1 >= 0.83


def test_different_articles_on_one_event_are_not_merged() -> None:
    pairs = semeval_pairs(DATA)
    assert len(false_merges(pairs, relations(pairs))) <= 2


def test_training_again_gives_the_shipped_model() -> None:
    from importlib.resources import files  # noqa: PLC0415 - only here

    shipped = files("streams.stages.dedup").joinpath(model.FILE).read_bytes()
    assert dump(train(DATA)) == shipped
