from streams.stages.clean.wrapped import mid_sentence

LINES = [
    "The loan was arranged by Caisse Nationale de Credit Agricole and the",
    "Marseillaise de Credit.",
    "",
    "General Motors Corp said its February",
    "deliveries fell by a tenth.",
    "Subscribe to our newsletter",
    "share this",
]


def test_a_line_that_a_sentence_runs_through_is_kept() -> None:
    assert [mid_sentence(LINES, n) for n in range(len(LINES))] == [
        True,
        True,
        False,
        True,
        True,
        False,
        False,
    ]
