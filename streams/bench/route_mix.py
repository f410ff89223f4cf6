"""A made-up world for the routes' benchmark: articles, and routes that watch them.

Words, names and sources are pseudo-words whose frequencies in articles follow Zipf's law. Routes
are those of media monitoring: one in ten watches what is popular (so popular terms gather
hundreds of routes), the others watch the long tail. The same seed gives the same world.

The mix of routes, in percent:

* 30 watch an entity by name, 4 in 10 of them within a top subject, 3 in 10 from two mentions on
* 25 are keyword routes: 2 to 5 phrases under OR (15 % of them one word, the others two), half
  within a language, 3 in 10 with a NOT
* 15 want an entity within a subject of any level
* 10 want two words near each other within a top subject
* 8 want a source (9 in 10) or an agency within a top subject
* 5 want a word at least three times
* 4 want a dateline's place within a top subject
* 2 watch an entity by id
* 1 are broad: a subject of the lower levels without any other condition
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate

from streams.records import Article, Dedup, Entity, Mention, Subject
from streams.stages.routes import Route
from streams.stages.routes.conditions import (
    AgencyIs,
    All,
    AnyOf,
    Clause,
    Condition,
    EntityNamed,
    EntityWithId,
    HasPhrase,
    LanguageIs,
    Near,
    NoneOf,
    PlaceIs,
    SourceIs,
    SubjectIs,
    simplify,
)

WORDS, NAMES, SOURCES, PLACES, TOPICS = 200_000, 40_000, 400, 1_500, 500
TEXT_WORDS, MENTIONS = 620, 16
TOP_SUBJECTS, LOWER_SUBJECTS = 17, 1_200
RARE_FROM = 3_000
"""Words of routes are not among so many of the most frequent words."""
POPULAR = 0.1
"""So large a part of the names that routes watch is drawn by popularity, the others evenly."""
SENTENCE, PARAGRAPH = 15, 60
LANGUAGES = ("en",) * 12 + ("fr", "de", "es", "pt-BR")


@dataclass
class World:
    """The vocabulary and the means to draw from it."""

    seed: int = 7
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Make the vocabulary."""
        self.dice = random.Random(self.seed)  # noqa: S311 - a benchmark
        self.words = self._spelled(WORDS)
        parts = self._spelled(NAMES)
        self.names = [f"{parts[n].title()} {parts[-n].title()}" for n in range(NAMES)]
        self.sources = self._spelled(SOURCES)
        self.places = [word.title() for word in self._spelled(PLACES)]
        self.tops = [f"medtop:{n:02d}000000" for n in range(1, TOP_SUBJECTS + 1)]
        self.lower = [f"medtop:2{n:07d}" for n in range(LOWER_SUBJECTS)]
        self._weights: dict[int, list[float]] = {}

    def _spelled(self, count: int) -> list[str]:
        syllables = [c + v for c in "bdfghklmnprstvz" for v in "aeiou"]
        made: dict[str, None] = {}
        while len(made) < count:
            length = 1 + len(made) * 3 // count
            made["".join(self.dice.choices(syllables, k=length + self.dice.randint(0, 2)))] = None
        return list(made)

    def some(self, among: list[str], count: int = 1, start: int = 0) -> list[str]:
        """`count` draws by Zipf's law over the ranks from `start` on."""
        size = len(among) - start
        if size not in self._weights:
            self._weights[size] = list(accumulate(1 / (rank + 10) for rank in range(size)))
        found = self.dice.choices(range(size), cum_weights=self._weights[size], k=count)
        return [among[start + rank] for rank in found]

    def one(self, among: list[str], start: int = 0) -> str:
        """One draw by Zipf's law."""
        return self.some(among, 1, start)[0]

    def chance(self, part: float) -> bool:
        """True in so large a part of the calls."""
        return self.dice.random() < part

    # Articles

    def article(self, number: int) -> Article:
        """One article of about 4 kB with entities, subjects and all fields."""
        words = self.some(self.words, TEXT_WORDS)
        names = self.some(self.names, MENTIONS)
        for name in names:
            words.insert(self.dice.randrange(len(words)), name)
        for n in range(SENTENCE - 1, len(words), SENTENCE):
            words[n] += ".\n" if n % PARAGRAPH < SENTENCE else "."
        text = " ".join(words)
        return Article(
            article_id=f"{number:032x}",
            title=" ".join([names[0], *self.some(self.words, 8)]),
            text=text,
            source=self.one(self.sources),
            agency=self.one(self.sources[:12]) if self.chance(0.4) else None,
            place=self.one(self.places),
            language=self.dice.choice(LANGUAGES),
            dedup=Dedup(status=self.dice.choice(("unique", "update")), cluster_id="c"),
            entities=[_entity(self.names.index(name), name, text) for name in dict.fromkeys(names)],
            subjects=self._subjects(),
        )

    def _subjects(self) -> list[Subject]:
        codes = {*self.some(self.tops, 2), *self.some(self.lower, 3)}
        return [Subject(code=code, label=code, confidence=0.8) for code in sorted(codes)]

    # Routes

    def route(self, number: int) -> Route:
        """One route of the mix."""
        kinds = (
            (30, self._entity_watch),
            (25, self._keywords),
            (15, self._entity_in_subject),
            (10, self._near),
            (8, self._source),
            (5, lambda: HasPhrase(phrase=self._word(), count=3)),
            (4, lambda: self._within(PlaceIs(place=self.one(self.places)))),
            (2, lambda: EntityWithId(entity_id=_id(self.dice.randrange(NAMES)))),
            (1, lambda: SubjectIs(subject=self.one(self.lower, start=20))),
        )
        makers: list[Callable[[], Condition]] = [maker for _, maker in kinds]
        make = self.dice.choices(makers, [share for share, _ in kinds])[0]
        slug, topic = f"r{number}", f"news.topic.desk-{number % TOPICS}"
        return Route(slug=slug, title=slug, condition=simplify(make()), topic=topic)

    def _word(self) -> str:
        return self.words[self.dice.randrange(RARE_FROM, WORDS)]

    def _name(self) -> str:
        return self.one(self.names) if self.chance(POPULAR) else self.dice.choice(self.names)

    def _within(self, condition: Condition) -> Condition:
        return All((SubjectIs(subject=self.one(self.tops)), condition))

    def _entity_watch(self) -> Condition:
        watch = EntityNamed(entity=self._name(), count=2 if self.chance(0.3) else 1)
        return self._within(watch) if self.chance(0.4) else watch

    def _phrase(self) -> Clause:
        if self.chance(0.15):
            return HasPhrase(phrase=self._word())
        if self.chance(0.1):
            return HasPhrase(phrase=" ".join(self.some(self.words, 2)))
        return HasPhrase(phrase=f"{self._word()} {self._word()}")

    def _keywords(self) -> Condition:
        phrases = [self._phrase() for _ in range(self.dice.randint(2, 5))]
        parts: list[Condition] = [AnyOf(tuple(phrases))]
        if self.chance(0.5):
            parts.append(LanguageIs(language="en"))
        if self.chance(0.3):
            parts.append(NoneOf((SourceIs(source=self.one(self.sources)), self._phrase())))
        return All(tuple(parts))

    def _entity_in_subject(self) -> Condition:
        name = EntityNamed(entity=self._name())
        return All((SubjectIs(subject=self.one(self.lower)), name))

    def _near(self) -> Condition:
        pair = {self._word(), self._word()}
        if len(pair) == 1:
            return self._near()
        return self._within(Near(near=tuple(sorted(pair)), words=20))

    def _source(self) -> Condition:
        if self.chance(0.1):
            return self._within(AgencyIs(agency=self.one(self.sources[:12])))
        return self._within(SourceIs(source=self.one(self.sources)))


def _id(number: int) -> str:
    return f"Q{number}"


def _entity(number: int, name: str, text: str) -> Entity:
    mentions = []
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        mentions.append(Mention(start=start, end=end, text=name, confidence=0.9))
        start = text.find(name, end)
    return Entity(entity_id=_id(number), type="Person", name=name, mentions=mentions)
