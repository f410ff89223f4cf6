"""Where names can be at all: runs of capitalised words and what may stand between them.

Three tokens in four are small words far from any name. They are O for certain, so neither
scores nor Viterbi are computed for them; names only live inside zones: a core, or a link at most
`zone_loops.REACH` links from a core of its sentence. A word that a hyphen or an apostrophe joins to
a core counts as one.
"""

from collections.abc import Collection

NEVER, LINK, CORE, JOINT = 0, 1, 2, 3
_JOINTS = frozenset("-'\u2019\u2010\u2011")


def kind_of(word: str, links: Collection[str], cores: Collection[str]) -> int:
    """CORE: may be a name by itself; LINK: only next to one (`of`, digits); else NEVER.

    JOINT: a link that takes any word on its other side along (`Mei-yu`, `anti-Semitic`).
    """
    if word in cores:
        return CORE
    lower = word.lower()
    if lower != word or (not word.isascii() and word.isalpha() and word.upper() == word):
        return CORE
    if word in _JOINTS:
        return JOINT
    return LINK if word in links or word[:1].isdigit() else NEVER
