"""The stated load of the benchmarks: generated articles of the size of a scraped agency report.

Each is 20 to 30 sentences (about 5 kB with residue) of words drawn by Zipf's law from the
Media Topics' definitions, one in six sentences opening with a person's name and title, one in
eight naming a country or an organisation; then sign-off, related links and a headline list. A
stated share are reprints of one of the last 1,000 articles, with two sentences changed.
"""

import random
from collections.abc import Iterator
from functools import cache
from itertools import accumulate

import orjson

from streams.stages.subjects.taxonomy import topics

REPRINTS = 0.3
RECENT = 1_000
GLUE = "the of to and in a for that on with was said by from at as has is it after".split()
TITLES = "President|Minister|General|Foreign Minister|Governor|spokesman|Dr.|Judge".split("|")
GIVEN = "Anna Boris Chen Dalia Emeka Farid Grace Hugo Ines Jonas Kofi Lena Omar Priya Tomas".split()
ENDINGS = "son ova berg ez ani ko man stein ara ulu oto wicz".split()
STEMS = "Ander Bel Cor Dar Fer Gal Har Ivan Jan Kar Lom Mar Nor Pet Ros Sal Tor Val Wal Zel".split()
NAMES = (
    "China|Russia|Ukraine|Iran|Israel|France|Germany|Kenya|Nigeria|Brazil|India|Japan|Taiwan|"
    "Washington|Beijing|Moscow|London|Nairobi|the United Nations|NATO|the European Union|"
    "the World Bank|the Pentagon|Hezbollah|Reuters|Airbus|Lockheed Martin|Boeing"
).split("|")
RESIDUE = (
    "abc-def/gh\nRelated Links\nLearn about {0} at Example.com\n|Subscribe Free To Our Daily "
    "Newsletters\n|\n{1}\n{2}\n{3}\n|\n{4}\n|Subscribe Free To Our Daily Newsletters"
)


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    words = dict.fromkeys(
        word
        for topic in topics().values()
        for word in topic.definition.lower().replace(",", " ").replace(".", " ").split()
        if word.isalpha()
    )
    ranked = [*GLUE, *sorted(set(words) - set(GLUE))]
    return ranked, list(accumulate(1 / (rank + 3) for rank in range(len(ranked))))


def _words(chance: random.Random, number: int) -> str:
    words, weights = _vocabulary()
    return " ".join(chance.choices(words, cum_weights=weights, k=number))


def _person(chance: random.Random) -> str:
    name = f"{chance.choice(GIVEN)} {chance.choice(STEMS)}{chance.choice(ENDINGS)}"
    return f"{chance.choice(TITLES)} {name}"


def _sentence(chance: random.Random) -> str:
    start = _words(chance, 3).capitalize()
    if chance.random() < 1 / 6:
        start = _person(chance)
    middle = f" {chance.choice(NAMES)} " if chance.random() < 1 / 8 else " "
    return f"{start} {_words(chance, 12)}{middle}{_words(chance, chance.randint(4, 12))}."


def _headline(chance: random.Random) -> str:
    return _words(chance, 8).title()


def _text(chance: random.Random) -> list[str]:
    return [_sentence(chance) for _ in range(chance.randint(20, 30))]


def _reprinted(chance: random.Random, sentences: list[str]) -> list[str]:
    copy = list(sentences)
    for _ in range(2):
        copy[chance.randrange(len(copy))] = _sentence(chance)
    return copy


def articles(number: int, *, seed: int = 1, reprints: float = REPRINTS) -> Iterator[bytes]:
    """`number` raw records as JSON; the same arguments give the same bytes.

    `reprints` is the share (0..1) that repeats an earlier article.
    """
    chance = random.Random(seed)  # noqa: S311 - a load, not a secret
    recent: list[list[str]] = []
    for serial in range(number):
        if recent and chance.random() < reprints:
            sentences = _reprinted(chance, chance.choice(recent))
        else:
            sentences = _text(chance)
            recent = [*recent[-RECENT + 1 :], sentences]
        yield _record(chance, serial, sentences)


def _record(chance: random.Random, serial: int, sentences: list[str]) -> bytes:
    residue = RESIDUE.format(*(_headline(chance) for _ in range(5)))
    return orjson.dumps(
        {
            "id": f"load-{serial}",
            "source": f"source-{serial % 97}.example",
            "url": f"https://source-{serial % 97}.example/{serial}",
            "title": _headline(chance),
            "published_at": "2025-11-01T08:00:00Z",
            "text": "\n".join([*sentences, residue]),
        }
    )
