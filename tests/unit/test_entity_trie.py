"""The trie finds what a search word by word finds: the leftmost, the longest, in one sentence."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.stages.entities.entries import Entry
from streams.stages.entities.forms import forms_of
from streams.stages.entities.gazetteer import Gazetteer
from streams.stages.entities.trie import matches, trie_of
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
    for tries in ((trie_of(keys), trie_of([])), (trie_of([]), trie_of(keys))):
        found = matches(tokens, lower, tries)
        assert list(zip(*(m.tolist() for m in found), strict=True)) == searched(keys, tokens)


def test_a_key_that_begins_others_is_found_where_they_break_off() -> None:
    keys = [" bank ", " bank  of  japan ", " bank  of  japan  research "]
    tokens = tokenise(["bank of england, bank of japan research, bank of japan"])
    lower = [f" {word} " for word in tokens.vocabulary]
    first, last, key = matches(tokens, lower, (trie_of([]), trie_of(keys)))
    words = [tokens.words[a : b + 1] for a, b in zip(first, last, strict=True)]
    assert [" ".join(some) for some in words] == ["bank", "bank of japan research", "bank of japan"]
    assert key.tolist() == [0, 2, 1]


FORMS = st.lists(st.lists(WORD.map(str.title), min_size=1, max_size=3).map(" ".join), max_size=6)
KINDS = st.sampled_from(["ORG", "LOC", "NORP"])
ENTRIES = st.lists(st.tuples(KINDS, FORMS.filter(len), st.sampled_from([1.0, 15.0, 30.0])))


def described(gazetteer: Gazetteer, tokens: TokenBatch) -> list[tuple[object, ...]]:
    hits, forms = gazetteer.match(tokens), gazetteer.forms
    found: list[tuple[object, ...]] = []
    for first, last, form in zip(hits.first, hits.last, hits.form, strict=True):
        owners = forms.owners[forms.bounds[form] : forms.bounds[form + 1]]
        ids = [gazetteer.entries[int(owner)].entity_id for owner in owners]
        told = (forms.codes[forms.code[form]], forms.types[forms.kind[form]], forms.weight[form])
        found.append((first, last, ids, *told, forms.style[form], forms.several[form]))
        assert gazetteer.find(key_of(tokens.words[first : last + 1])) == form
    return found


@settings(max_examples=200, deadline=None)
@given(ENTRIES, ENTRIES, TEXTS)
def test_a_user_s_entries_on_top_are_as_if_all_forms_were_made_together(
    listed: list[tuple[str, list[str], float]],
    mine: list[tuple[str, list[str], float]],
    texts: list[str],
) -> None:
    made = [Entry(f"x:{n}", k, tuple(f), w) for n, (k, f, w) in enumerate([*listed, *mine])]
    kept, own = made[: len(listed)], made[len(listed) :]
    tokens = tokenise([text.title() for text in texts])
    together = described(Gazetteer([*own, *kept]), tokens)
    assert described(Gazetteer(kept, forms_of(kept), own), tokens) == together
