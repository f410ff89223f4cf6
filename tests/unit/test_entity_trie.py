"""The trie finds what a search word by word finds: the leftmost, the longest, in one sentence."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.stages.entities.trie import trie_of
from streams.text.tokens import TokenBatch, tokenise

WORD = st.sampled_from("a b c Ç 16 - xi".split(" "))
KEYS = st.lists(st.lists(WORD, min_size=1, max_size=4), max_size=12)
TEXTS = st.lists(st.lists(WORD | st.just("\n"), max_size=30).map(" ".join), min_size=1, max_size=3)


def key_of(words: list[str]) -> str:
    return "".join(f" {word.lower()} " for word in words)


def searched(keys: list[str], tokens: TokenBatch) -> list[tuple[int, int, int]]:
    found = []
    for low, high in zip(tokens.sentence, tokens.sentence[1:], strict=False):
        at = int(low)
        while at < high:
            ends = [e for e in range(at, high) if key_of(tokens.words[at : e + 1]) in keys]
            if ends:
                found.append((at, ends[-1], keys.index(key_of(tokens.words[at : ends[-1] + 1]))))
            at = ends[-1] + 1 if ends else at + 1
    return found


@settings(max_examples=300, deadline=None)
@given(KEYS, TEXTS)
def test_the_matches_are_those_of_a_search_word_by_word(
    forms: list[list[str]], texts: list[str]
) -> None:
    keys = list(dict.fromkeys(map(key_of, forms)))
    tokens = tokenise(texts)
    lower = [key_of([word]) for word in tokens.vocabulary]
    matches = trie_of(keys).match(tokens, lower)
    assert list(zip(*(m.tolist() for m in matches), strict=True)) == searched(keys, tokens)


def test_a_key_that_begins_others_is_found_where_they_break_off() -> None:
    keys = [" bank ", " bank  of  japan ", " bank  of  japan  research "]
    tokens = tokenise(["bank of england, bank of japan research, bank of japan"])
    lower = [f" {word} " for word in tokens.vocabulary]
    first, last, key = trie_of(keys).match(tokens, lower)
    words = [tokens.words[a : b + 1] for a, b in zip(first, last, strict=True)]
    assert [" ".join(some) for some in words] == ["bank", "bank of japan research", "bank of japan"]
    assert key.tolist() == [0, 2, 1]
