"""Short forms in a text and the full names that they stand for: acronyms in brackets, surnames."""

from collections.abc import Mapping, Sequence

from streams.stages.entities.names import Name, Spelling


def acronyms(names: Sequence[Name], spelling: Spelling) -> dict[str, int]:
    """Acronyms in brackets right after a name: the acronym, and the name's number."""
    found: dict[str, int] = {}
    for number, name in enumerate(names):
        if number and name.first == name.last and names[number - 1].last == name.first - 2:
            word = spelling.word(name.first)
            if not word.isupper() or spelling.word(name.first - 1) != "(":
                continue
            initials = _initials(names[number - 1], spelling)
            if len(word) > 1 and word[0] in initials and len(initials) > 1:
                found.setdefault(word, number - 1)
    return found


def _initials(name: Name, spelling: Spelling) -> str:
    words = map(spelling.word, range(name.first, name.last + 1))
    return "".join(word[0] for word in words if word[0].isupper())


def typed_as_full(names: Sequence[Name], found: Mapping[str, int], spelling: Spelling) -> None:
    """Give each acronym found that is spelled by its full name's initials the full name's type."""
    short = {
        word: names[number].type
        for word, number in found.items()
        if _initials(names[number], spelling) == word
    }
    if not short:
        return
    for name in names:
        if name.first == name.last:
            name.type = short.get(spelling.word(name.first), name.type)


def people(names: Sequence[Name], spelling: Spelling) -> dict[str, Name]:
    """The first person whose full name ends with a word, else the first that begins with it."""
    full = [name for name in names if name.type == "PER" and name.last > name.first]
    found: dict[str, Name] = {}
    for end in ("last", "first"):
        for name in full:
            found.setdefault(spelling.lower[spelling.ids[getattr(name, end)]], name)
    return found
