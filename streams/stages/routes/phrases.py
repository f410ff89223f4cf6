"""All phrases of all routes, found in one pass over an article's words.

A dictionary of every phrase and of every beginning of one, instead of an Aho-Corasick automaton:
adding or removing a phrase costs microseconds, while an automaton of 100,000 phrases takes
0.3 s to build and holds the interpreter for most of it (README.md has the figures).
"""

from msgspec import Struct

from streams.stages.routes.words import Phrase, Words, joint

Places = dict[str, list[tuple[int, int]]]


class _Start(Struct, gc=False, eq=False):
    """A first word: how often it is a phrase alone, and the words that go on from it."""

    alone: int
    following: dict[str, int]


class Phrases:
    """The phrases to look for, by key, each counted as often as it was added.

    One thread may change it while others search: a search sees a phrase wholly or not at all.
    """

    def __init__(self) -> None:
        self._starts: dict[str, _Start] = {}
        self._whole: dict[str, int] = {}
        self._beginnings: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._whole) + sum(start.alone > 0 for start in self._starts.values())

    def add(self, phrase: Phrase) -> None:
        """Look for `phrase` too."""
        self._count(phrase, 1)

    def remove(self, phrase: Phrase) -> None:
        """Undo one `add`."""
        self._count(phrase, -1)

    def _count(self, phrase: Phrase, by: int) -> None:
        first = phrase.words[0]
        start = self._starts.setdefault(first, _Start(0, {}))
        if len(phrase.words) == 1:
            start.alone += by
        else:
            _count(self._whole, phrase.key, by)
            for step in phrase.steps[1:-1]:
                _count(self._beginnings, step, by)
            _count(start.following, phrase.words[1], by)
        if not start.alone and not start.following:
            del self._starts[first]

    def find(self, text: Words) -> Places:
        """Where each phrase stands: first and last word, in order of the text."""
        found: Places = {}
        words, starts = text.words, self._starts
        after = [*words[1:], ""]
        for first, word in enumerate(words):
            start = starts.get(word)
            if start is not None:
                if start.alone:
                    found.setdefault(word, []).append((first, first))
                if after[first] in start.following:
                    self._follow(text, first, found)
        return found

    def _follow(self, text: Words, first: int, found: Places) -> None:
        words, gaps = text.words, text.gaps
        key = words[first]
        for last in range(first + 1, len(words)):
            gap = gaps[last]
            key += f" {words[last]}" if gap == " " else joint(gap) + words[last]
            if key in self._whole:
                found.setdefault(key, []).append((first, last))
            if key not in self._beginnings:
                return


def _count(counts: dict[str, int], key: str, by: int) -> None:
    count = counts.get(key, 0) + by
    if count:
        counts[key] = count
    else:
        del counts[key]
