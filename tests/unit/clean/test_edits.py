from hypothesis import given
from hypothesis import strategies as st

from streams.stages.clean.edits import Edit, apply, are_valid, composed, joined

REASONS = ("markup", "whitespace")


@st.composite
def edits_of(draw: st.DrawFn, length: int, longest: int) -> list[Edit]:
    edges = sorted(draw(st.sets(st.integers(0, length), max_size=12)))
    new = st.text("xy", max_size=longest)
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [(a, b, draw(st.sampled_from(REASONS)), draw(new)) for a, b in pairs]


@given(st.data(), st.text("abc\n", max_size=40))
def test_composed_edits_do_what_one_after_the_other_does(data: st.DataObject, raw: str) -> None:
    first = data.draw(edits_of(len(raw), 1))
    middle = apply(raw, first)
    second = data.draw(edits_of(len(middle), 3))
    both = composed(first, second)
    assert are_valid(both, len(raw))
    assert apply(raw, both) == apply(middle, second)


@given(st.data(), st.text("abc", max_size=40))
def test_joined_edits_do_the_same(data: st.DataObject, raw: str) -> None:
    edits = data.draw(edits_of(len(raw), 2))
    assert apply(raw, joined(edits)) == apply(raw, edits)
    assert are_valid(joined(edits), len(raw))


def test_touching_edits_of_one_reason_become_one() -> None:
    assert joined([(0, 2, "markup", "a"), (2, 3, "markup", "b"), (3, 4, "whitespace", "")]) == [
        (0, 3, "markup", "ab"),
        (3, 4, "whitespace", ""),
    ]


def test_overlapping_edits_are_not_valid() -> None:
    assert not are_valid([(0, 3, "markup", ""), (2, 4, "markup", "")], 9)
    assert not are_valid([(0, 10, "markup", "")], 9)
