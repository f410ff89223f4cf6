"""Floors of the subjects' figures, on data that the model never saw."""

from pathlib import Path

import pytest

from streams.commands.quality_subjects import measure
from streams.evaluation.split import shared_data

pytestmark = pytest.mark.quality
LABELS = Path(__file__).parent / "subjects-wikinews.tsv"


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, float]]:
    try:
        data = shared_data()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    return measure(data, LABELS)


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("wcep-2019", 0.76),
        ("wcep-2019 titled", 0.80),
        ("masakhanews check", 0.81),
    ],
)
def test_accuracy(found: dict[str, dict[str, float]], name: str, floor: float) -> None:
    assert found["accuracy"][name] >= floor


@pytest.mark.parametrize(
    ("name", "most"),
    [("wcep-2019", 0.03), ("wcep-2019 titled", 0.04), ("wikinews check given", 0.10)],
)
def test_calibration(found: dict[str, dict[str, float]], name: str, most: float) -> None:
    assert found["calibration_error"][name] <= most


@pytest.mark.parametrize(("level", "floor"), [(1, 0.78), (2, 0.69), (3, 0.47)])
def test_several_topics(found: dict[str, dict[str, float]], level: int, floor: float) -> None:
    assert found["micro_f1"][f"wikinews check level {level}"] >= floor


@pytest.mark.parametrize(("measure", "floor"), [("precision", 0.84), ("recall", 0.73)])
def test_top_topics(found: dict[str, dict[str, float]], measure: str, floor: float) -> None:
    assert found[measure]["wikinews check level 1"] >= floor


def test_two_hundred_articles_are_labelled() -> None:
    rows = [r for r in LABELS.read_text("utf-8").splitlines() if not r.startswith("#")]
    assert len({r.split("\t")[0] for r in rows}) == 200
