"""Measures of a pair, from codes written out."""

import numpy as np
import pytest

from streams.stages.dedup.pairs import FEATURES, Side, features


def side(*codes: int, highest: int = 255) -> Side:
    return Side(np.array(codes, np.uint8), highest, len(codes))


def measure(first: Side, second: Side) -> dict[str, float]:
    [found] = features([(first, second)])
    return dict(zip(FEATURES, found.tolist(), strict=True))


def run(start: int, length: int) -> list[int]:
    return list(range(start, start + length))


def test_a_text_against_itself_is_one_block() -> None:
    found = measure(side(*run(40, 30)), side(*run(40, 30)))
    assert (found["in_long"], found["in_short"], found["longest"]) == (1, 1, 30)
    assert found["replaced"] == 0


def test_a_cut_text_lies_whole_in_the_long_one_whichever_comes_first() -> None:
    short, long = side(*run(60, 20)), side(*run(40, 80))
    for found, in_later in ((measure(short, long), 0.25), (measure(long, short), 1)):
        assert (found["in_long"], found["in_short"], found["replaced"]) == (1, 0.25, 0)
        assert (found["blocks"], found["in_later"]) == (1, in_later)


def test_other_words_between_blocks_count_as_replaced_and_added_ones_do_not() -> None:
    base = run(40, 60)
    added = base[:20] + run(150, 5) + base[20:]
    replaced = [*base[:20], *run(150, 5), *base[25:40], *run(160, 5), *base[45:]]
    assert measure(side(*base), side(*added))["replaced"] == 0
    assert measure(side(*base), side(*replaced))["replaced"] == 2
    assert measure(side(*base), side(*replaced))["blocks"] == 3


def test_the_ending_and_the_beginning_are_looked_at_apart() -> None:
    tail = run(40, 60)
    found = measure(side(*run(120, 30), *tail), side(*run(160, 40), *tail))
    assert (found["short_ending"], found["long_ending"], found["beginning"]) == (1, 1, 0)


def test_texts_with_different_limits_are_compared_below_the_lower_one() -> None:
    found = measure(side(*run(40, 100)), side(*run(40, 50), highest=89))
    assert (found["in_long"], found["in_short"]) == (1, 1)


@pytest.mark.parametrize(("a", "b"), [((), ()), ((1,), (1, 2)), ((), (1, 2, 3)), ((5, 5), (5, 5))])
def test_tiny_texts_have_measures(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    found = measure(side(*a), side(*b))
    assert found["in_long"] == 0
    assert all(np.isfinite(v) for v in found.values())


def test_pairs_of_a_batch_do_not_touch_each_other() -> None:
    pairs = [
        (side(*run(40, 30)), side(*run(40, 50))),
        (side(*run(70, 30)), side(*run(40, 50))),
        (side(1, 2), side()),
    ]
    together = features(pairs)
    for n, pair in enumerate(pairs):
        assert (features([pair])[0] == together[n]).all()
