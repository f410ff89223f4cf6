"""All phrases of all routes, found in one pass over an article's words.

A dictionary of every phrase and of every beginning of one, instead of an Aho-Corasick automaton:
adding or removing a phrase costs microseconds, while an automaton of 100,000 phrases takes
0.3 s to build and holds the interpreter for most of it (README.md has the figures).
"""

from streams.stages.routes.words import Phrase, Words, joint

Places = dict[str, list[tuple[int, int]]]


class Phrases:
    """The phrases to look for, by key, each counted as often as it was added.

    One thread may change it while others search: a search sees a phrase wholly or not at all.
    """

    def __init__(self) -> None:
        self._whole: dict[str, int] = {}
        self._beginnings: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._whole)

    def add(self, phrase: Phrase) -> None:
        """Look for `phrase` too."""
        for step in phrase.steps[:-1]:
            self._beginnings[step] = self._beginnings.get(step, 0) + 1
        self._whole[phrase.key] = self._whole.get(phrase.key, 0) + 1

    def remove(self, phrase: Phrase) -> None:
        """Undo one `add`."""
        _drop(self._whole, phrase.key)
        for step in phrase.steps[:-1]:
            _drop(self._beginnings, step)

    def find(self, text: Words) -> Places:
        """Where each phrase stands: first and last word, in order of the text."""
        found: Places = {}
        whole, beginnings, words = self._whole, self._beginnings, text.words
        for first, word in enumerate(words):
            if word in whole:
                found.setdefault(word, []).append((first, first))
            if word in beginnings:
                self._follow(text, first, found)
        return found

    def _follow(self, text: Words, first: int, found: Places) -> None:
        key, last, words = text.words[first], first, text.words
        while key in self._beginnings and last + 1 < len(words):
            last += 1
            key += joint(text.gaps[last]) + words[last]
            if key in self._whole:
                found.setdefault(key, []).append((first, last))


def _drop(counts: dict[str, int], key: str) -> None:
    if counts[key] == 1:
        del counts[key]
    else:
        counts[key] -= 1
