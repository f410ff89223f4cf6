"""The compiled pass finds the words and phrases that the plain code finds."""

from hypothesis import given
from hypothesis import strategies as st

from streams.stages.routes.phrases import Phrases
from streams.stages.routes.scan import scanned
from streams.stages.routes.words import Phrase, Words, char_kinds

_PIECES = (
    *("a", "b", "Iran", "c++", "北京", "한국", "हिन्दी", "İ", "\u03c2", "\u2019s", "_"),
    *(" ", "  ", "-", "\u2014", "\u00a0", "\n", ".", ", ", "", "\x1c", "\U0001d538", "\U000e0100"),
)
texts = st.lists(st.sampled_from(_PIECES) | st.characters(codec="utf-8"), max_size=30).map("".join)


def _phrase(text: str) -> Phrase | None:
    try:
        return Phrase.of(text)
    except ValueError:
        return None


@given(texts, st.lists(texts, max_size=6), st.lists(texts, max_size=3))
def test_words_and_phrases_are_those_of_the_plain_code(
    text: str, added: list[str], removed: list[str]
) -> None:
    phrases = Phrases()
    wanted_phrases = list(filter(None, map(_phrase, added)))
    for made in wanted_phrases:
        phrases.add(made)
    keys = {made.key for made in wanted_phrases}
    for made in filter(None, map(_phrase, removed)):
        phrases.add(made)
        phrases.remove(made)
    words, found = phrases.find(text)
    plain = Words.of(text)
    assert words.words == plain.words
    count = len(plain)
    assert [words.start(n) for n in range(count)] == [plain.start(n) for n in range(count)]
    spans = [(first, last) for first in range(count) for last in range(first, count)]
    wanted: dict[str, list[list[int]]] = {}
    for first, last in spans:
        if (key := plain.key(first, last)) in keys:
            place = [first, last, plain.start(first), plain.end(last)]
            wanted.setdefault(key, []).append(place)
    assert found == wanted


def test_phrases_stay_findable_while_the_cells_grow_and_others_go() -> None:
    phrases = Phrases()
    many = [Phrase.of(f"word{number} of{number} number") for number in range(6_000)]
    for phrase in many:
        phrases.add(phrase)
    for phrase in many[:5_000]:
        phrases.remove(phrase)
    for phrase in many[:4_000]:
        phrases.add(phrase)
    text = " ".join(phrase.key for phrase in many)
    _, found = phrases.find(text)
    assert list(found) == [phrase.key for phrase in (*many[:4_000], *many[5_000:])]
    assert len(phrases) == 5_000


def test_more_places_than_words_are_all_given() -> None:
    phrases = Phrases()
    for count in range(1, 15):
        phrases.add(Phrase.of(" ".join("a" * count)))
    _, found = phrases.find(" ".join("a" * 400))
    assert sum(map(len, found.values())) == sum(400 - count + 1 for count in range(1, 15))


def test_a_character_beyond_the_table_of_letters_is_a_sign() -> None:
    assert not any(chr(code).isalnum() for code in range(0x40000, 0x110000))
    assert len(char_kinds()) == 0x110000
    words, _ = scanned("a\U0010ffffb", Phrases()._cells)
    assert words.words == ["a", "b"]
