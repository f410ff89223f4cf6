"""The compiled loops over a text's bytes: hashes, lines of the story, keys."""

import random

import numpy as np
import pytest
import xxhash

from streams.stages.dedup.scan import HASHED_BYTES, KEY_WORDS, MAX_CODES, hashed, sketched
from streams.stages.dedup.words import words_of

SENTENCE = "the old bridge over the river was closed to all traffic"
LONG = " ".join(f"long{number}" for number in range(60))


def test_hashes_are_those_of_xxh3() -> None:
    chance = random.Random(1)  # noqa: S311 - a test's bytes
    for size in range(1, HASHED_BYTES + 1):
        word = chance.randbytes(size)
        flat = np.frombuffer(b"x" + word + b"x", np.uint8)
        assert int(hashed(flat, 1, 1 + size)) == xxhash.xxh3_64_intdigest(word)


def test_words_over_the_limit_are_hashed_by_their_beginning() -> None:
    long = ["a" * 300, "b" * 200, "1" * 150]
    found = words_of(" ".join(long)).story.tolist()
    wanted = [xxhash.xxh3_64_intdigest(w[:HASHED_BYTES].encode()) & ~1 for w in long]
    assert found == [wanted[0], wanted[1], wanted[2] | 1]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("short line of five words", False),
        ("short sentence of five words.", True),
        ("short sentence of five words.\u00a0\u2003", True),
        ("said the man of five\u201d", True),
        ("two words.", False),
        (SENTENCE, False),
        ("eight words in a line are enough here", True),
        ("eight words in a line but photo: someone", False),
        ("subscribe to our letters and read more of them", False),
        (f"{LONG} as seen in a picture (File photo/Some One)", False),
        (f"{LONG} for a photo. {LONG}", True),
        (f"{LONG} subscribe to our letters", True),
    ],
)
def test_lines_of_the_story(line: str, kept: bool) -> None:  # noqa: FBT001
    story = "\n".join([SENTENCE, *(f"{SENTENCE} on day {n}" for n in range(12))])
    alone, both = words_of(story), words_of(f"{story}\n{line}")
    added = both.story_words - alone.story_words
    assert added == (len(words_of(line).joined.tobytes().split()) if kept else 0)


def test_a_text_of_which_little_would_remain_is_all_story() -> None:
    assert words_of("Menu\nSport\nWeather\nHome").story_words == 4


def test_a_short_text_is_all_story_its_table_included() -> None:
    table = "Ships waiting\n39\nDue 27 35\nScheduled 35 41"
    short = words_of(f"{SENTENCE}\n{table}")
    long = words_of("\n".join([*(f"{SENTENCE} on day {n}" for n in range(12)), table]))
    assert (short.story_words, long.story_words) == (20, 12 * 14)


def test_words_are_joined_in_lower_case_without_marks() -> None:
    text = "\u201cNo,\u201d said Ana \u2013 TWICE\u2026\nat 10.30 \u00c9t\u00e9"
    assert words_of(text).joined.tobytes().decode() == "no said ana twice at 10 30 \u00e9t\u00e9"


def test_scripts_without_spaces_count_a_character_as_a_word() -> None:
    assert words_of("\u65e5\u672c\u306e\u9996\u76f8").story_words == 5


def test_a_sketch_keeps_the_lowest_distinct_keys_and_a_bounded_number_of_codes() -> None:
    chance = np.random.default_rng(2)
    hashes = chance.integers(0, 1 << 63, 5_000, np.int64).astype(np.uint64)
    hashes = np.concatenate([hashes, hashes[:1_000]])
    highest, codes, keys = sketched(hashes)
    assert len(codes) <= MAX_CODES
    assert codes.max() == highest < 255
    assert len(keys) == len(np.unique(keys)) == 32
    few = sketched(hashes[: KEY_WORDS - 1])
    assert (few[0], len(few[1]), len(few[2])) == (255, 3, 3)
