"""Arguments that can't mean anything are refused before a broker is asked."""

import pytest
from click.testing import CliRunner

from streams.cli import main

UPSIDE_DOWN = "--since 1h --until 2h"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (f"audit {UPSIDE_DOWN}", "--since is not before --until"),
        (f"dlq stats {UPSIDE_DOWN}", "--since is not before --until"),
        (f"diff a b {UPSIDE_DOWN}", "--since is not before --until"),
        (f"replay a b {UPSIDE_DOWN}", "--since is not before --until"),
        ("replay a b --first-offset 5 --end-offset 5", "--first-offset is not before"),
        ("replay a --to-shadow x/", "a prefix has letters"),
        ("replay a", "give either TARGET or --to-shadow"),
        ("replay a a", "into itself is a loop"),
        ("offsets reset --topic a", "give exactly one of"),
        ("dlq show here", "is not PARTITION:OFFSET"),
    ],
)
def test_it_is_a_matter_of_usage(words: str, said: str) -> None:
    result = CliRunner().invoke(main, words.split())
    assert result.exit_code == 2, result.output
    assert said in result.stderr
