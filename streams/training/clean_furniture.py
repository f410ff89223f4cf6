"""Furniture and list articles made by us, so that the models meet more of them than 51 pages show.

Around and after a made page's article: teasers of other stories (headlines and leads of Wikinews),
readers' comments (sentences of Wikinews under made names). Inside some: numbered lists.
"""

import random
from collections.abc import Sequence

Labelled = list[tuple[str, bool]]
News = Sequence[tuple[str, Labelled]]

SHORTENED = 0.3
LISTED = 0.0
TEASED, TEASED_AGAIN, TEASED_BEFORE = 0.25, 0.1, 0.12
COMMENTED = 0.15
_FEWEST_TO_SHORTEN = 6
_LEFT = (1, 2, 3, 4, 6)
_SOLID_WORDS = 4
_FIRST = "Anna John Maria Peter Chen Omar Sofia David Lucy Tom Ines Paul Karen Mike".split()
_LAST = "Smith Garcia Lee Brown Khan Novak Moore Silva Young Price Keller Adams Dunn".split()
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_HEADINGS = (
    "More stories|Related|You may also like|Latest news|Most read|Recommended|More from us"
    "|Trending now|In other news|Top stories|Read next"
).split("|")
_SECTIONS = "World Politics Sports Business Health".split()
_LIST_HEADINGS = (
    "Here is the full list:|The standings:|Our picks:|The results, in order:|What you need to know:"
).split("|")
_COMMENTS = (
    "{} comments|Comments ({})|{} Responses|Comments|Leave a comment|Join the conversation"
    "|{} thoughts on this"
).split("|")
_NUMBERS = ("{}. ", "{}) ", "#{} ", "{} ", "{}: ")


class Maker:
    """Makes pages harder, the same way every time for the same seed."""

    def __init__(self, news: News, seed: int) -> None:
        self._news = news
        self._random = random.Random(seed)  # noqa: S311 - no secret

    def harder(self, page: Labelled) -> Labelled:
        """The page with, by chance, a shorter article, a list in it, furniture around it."""
        page = self._shortened(page)
        if self._happens(LISTED):
            page = self._with_list(page)
        solid = _solid(page)
        if not solid:
            return page
        first, after = solid[0], solid[-1] + 1
        below = self._teasers(TEASED) + self._comments(COMMENTED) + self._teasers(TEASED_AGAIN)
        above = self._teasers(TEASED_BEFORE)
        furniture = [(line, False) for line in below], [(line, False) for line in above]
        return page[:first] + furniture[1] + page[first:after] + furniture[0] + page[after:]

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance

    def _shortened(self, page: Labelled) -> Labelled:
        solid = _solid(page)
        if len(solid) <= _FEWEST_TO_SHORTEN or not self._happens(SHORTENED):
            return page
        end = solid[self._random.choice(_LEFT)]
        return [line for at, line in enumerate(page) if at < end or not line[1]]

    def _with_list(self, page: Labelled) -> Labelled:
        solid = _solid(page)
        if len(solid) < 2:  # noqa: PLR2004 - a list needs a line before it
            return page
        at = self._random.choice(solid[1:4])
        rest = page[at:] if self._happens(0.5) else [line for line in page[at:] if not line[1]]
        return page[:at] + [(line, True) for line in self._list()] + rest

    def _list(self) -> list[str]:
        chance = self._random
        count, kind, number = chance.randint(4, 14), chance.randrange(4), chance.choice(_NUMBERS)
        found = [chance.choice(_LIST_HEADINGS)] if self._happens(0.4) else []
        order = range(1, count + 1) if self._happens(0.7) else range(count, 0, -1)
        for place in order:
            title, body = chance.choice(self._news)
            if kind == 0:
                row = " ".join(str(chance.randint(0, 900)) for _ in range(chance.randint(1, 5)))
                found.append(f"{place} {self._name()} {row}")
            elif kind == 1:
                found.append(number.format(place) + " ".join(title.split()[: chance.randint(2, 5)]))
            else:
                found.append(number.format(place) + title)
                found += [body[0][0]] if kind == 2 else []  # noqa: PLR2004 - kinds of list
        return found

    def _teasers(self, chance_of: float) -> list[str]:
        if not self._happens(chance_of):
            return []
        chance = self._random
        kind = chance.randrange(5)
        found = [chance.choice(_HEADINGS)] if self._happens(0.6) else []
        for _ in range(chance.choice((2, 3, 4, 5, 6, 8, 10))):
            title, body = chance.choice(self._news)
            found.append(title)
            if kind in (1, 2):
                found.append(self._cut(body[min(len(body) - 1, chance.choice((0, 1, 1)))][0]))
            if kind in (2, 3):
                found.append(self._stamp())
            if kind == 4 and self._happens(0.5):  # noqa: PLR2004 - kinds of teaser
                found.append(chance.choice(_SECTIONS))
        return found

    def _cut(self, lead: str) -> str:
        if self._happens(0.6):
            return lead
        return lead[: self._random.randint(60, 160)] + self._random.choice(("...", "…", " [...]"))

    def _comments(self, chance_of: float) -> list[str]:
        if not self._happens(chance_of):
            return []
        chance = self._random
        count, kind = chance.choice((1, 2, 3, 5, 8, 12)), chance.randrange(4)
        found = [chance.choice(_COMMENTS).format(count)] if self._happens(0.7) else []
        for _ in range(count):
            found += self._comment(kind)
        return found

    def _comment(self, kind: int) -> list[str]:
        chance = self._random
        name, when = self._name(), self._stamp()
        head = ([f"{name} on {when} said:"], [name, when], [f"{name} says:"], [when, name])[kind]
        _, body = chance.choice(self._news)
        start = chance.randrange(len(body))
        said = [line for line, _ in body[start : start + chance.choice((1, 1, 1, 2, 3))]]
        return head + said + (["Reply"] if self._happens(0.7) else [])

    def _name(self) -> str:
        chance = self._random
        if self._happens(0.6):
            return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
        return f"{chance.choice(_FIRST)}{chance.randint(1, 99)}"

    def _stamp(self) -> str:
        chance = self._random
        day, month, year = chance.randint(1, 28), chance.choice(_MONTHS), chance.randint(2016, 2020)
        clock = f"{chance.randint(1, 12)}:{chance.randint(10, 59)} {chance.choice(('am', 'pm'))}"
        ago = f"{chance.randint(2, 23)} hours ago"
        dates = f"{month} {day}, {year}", f"{day} {month[:3]} {year}"
        return chance.choice((*dates, ago, f"{month[:3]} {day}, {year} at {clock}"))


def _solid(page: Labelled) -> list[int]:
    """The article's lines that are more than a word or two."""
    return [
        at for at, (line, keep) in enumerate(page) if keep and len(line.split()) >= _SOLID_WORDS
    ]
