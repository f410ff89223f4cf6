"""An explanation names the rule that keeps two articles apart."""

import pytest

from streams.records import Article
from streams.stages.dedup.explain import explain
from streams.stages.dedup.judge import REFUSALS
from tests.unit.dedup.test_must_not_merge import HARBOUR, NOTICE, SALMON, WEATHER

FILLED = dict.fromkeys("abcdefgn", "5") | {
    "place": "Skarvik",
    "day": "Monday",
    "sky": "clouds",
    "wind": "westerly",
    "pollen": "low",
    "outlook": "mild",
}
DIVIDEND = "The board of Lumo Pumps said it would pay its holders a final dividend of {} cents."
LONGER = DIVIDEND + " It is payable to those registered with the company when the market closes."
TINY, SHORT = DIVIDEND, LONGER + " The chairman thanked the staff of the four plants for the year."


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        (f"{HARBOUR}\n{NOTICE}", f"{SALMON}\n{NOTICE}", 0),
        (TINY.format(12), TINY.format(14), 2),
        (SHORT.format(12), SHORT.format(14), 3),
        (WEATHER.format(**FILLED), WEATHER.format(**FILLED | dict.fromkeys("abcdn", "7")), 4),
    ],
)
def test_the_rule_is_named(first: str, second: str, rule: int) -> None:
    found = explain(*(Article(article_id=c * 32, text=t) for c, t in (("a", first), ("b", second))))
    named = [
        REFUSALS.index(said) for r in found.reasons if (said := r.split(", so")[0]) in REFUSALS
    ]
    assert rule in named
    assert found.relation not in {"same", "abridged"}


def test_of_a_copy_no_rule_is_named() -> None:
    text = f"{HARBOUR}\n{SALMON}\n{NOTICE}"
    copy = f"Share this story now.\n{text}"
    found = explain(
        Article(article_id="a" * 32, text=text), Article(article_id="b" * 32, text=copy)
    )
    assert found.relation == "same"
    assert not any(rule in reason for rule in REFUSALS for reason in found.reasons)
