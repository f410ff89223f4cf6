"""Nearness: the stretches of a text in which all of several phrases stand close together."""

from collections.abc import Sequence

Place = tuple[int, int]


def windows(places: Sequence[Sequence[Place]], words: int) -> list[Place]:
    """Stretches (first word, last word) with one place of each phrase and few words besides.

    `places[i]` are phrase i's places in order. A stretch counts if it has at most `words`
    words more than the chosen places together. Each is the shortest from its start on; of those
    that end together only the shortest is given.
    """
    at = [0] * len(places)
    found: dict[int, Place] = {}
    while all(i < len(p) for i, p in zip(at, places, strict=True)):
        chosen = [p[i] for i, p in zip(at, places, strict=True)]
        first = min(chosen)
        last = max(end for _, end in chosen)
        if _others(chosen, first[0], last) <= words:
            found[last] = (first[0], last)
        at[chosen.index(first)] += 1
    return sorted(found.values())


def _others(chosen: Sequence[Place], first: int, last: int) -> int:
    return last - first + 1 - sum(end - start + 1 for start, end in chosen)
