"""Pages to learn from: the tuning half's, and pages made of their parts and of Wikinews."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from streams.evaluation.clean import WHOLE, Page, pages
from streams.training.clean_furniture import Labelled, News

_WORD = re.compile(r"\w+")
_SEPARATOR = re.compile(r"\s[|–—:»·•-]\s")  # noqa: RUF001 - dashes as they stand in titles
_FEW = (0, 0, 0, 1, 1, 2, 3)
_OWN_BODY, _NEWS_BODY = 0.4, 0.7
_THINNED = 0.3
_NEAR = 12
_SAME = 0.6


@dataclass
class Parts:
    """A page in three: before, from the first to the last line of the article, after."""

    title: str
    top: list[str]
    body: Labelled
    bottom: list[str]


def labelled(page: Page) -> Labelled:
    """Each line with words, and whether most of its words are aligned with the body's."""
    lines = [(" ".join(line.split("\n")), _WORD.findall(line)) for line in page.lines]
    words = [word for _, found in lines for word in found]
    matcher = SequenceMatcher(None, words, _WORD.findall(page.body), autojunk=False)
    hit = [False] * len(words)
    for start, _, size in matcher.get_matching_blocks():
        hit[start : start + size] = [True] * size
    labels: Labelled = []
    at = 0
    for line, found in lines:
        if line.strip():
            labels.append((line, 2 * sum(hit[at : at + len(found)]) >= len(found)))
        at += len(found)
    return labels


def parts(lines: Labelled) -> Parts:
    """The three parts of a page; without an article all of it is top."""
    kept = [at for at, (_, keep) in enumerate(lines) if keep]
    solid = [at for at in kept if len(lines[at][0].split()) >= 4] or kept  # noqa: PLR2004 - words
    first, after = (solid[0], solid[-1] + 1) if solid else (len(lines), len(lines))
    return Parts(
        title=_SEPARATOR.split(lines[0][0])[0] if lines else "",
        top=[line for line, _ in lines[:first]],
        body=lines[first:after],
        bottom=[line for line, _ in lines[after:]],
    )


def tuning_pages(data: Path) -> list[tuple[Page, Labelled]]:
    """The pages of the tuning half with their labels."""
    return [(page, labelled(page)) for page in pages(data, check=False)]


def made_pages(
    known: Sequence[tuple[Page, Labelled]],
    news: News,
    count: int,
    whole: float,
) -> list[Labelled]:
    """`count` pages: the top of one, the body of another, the bottom of a third.

    A share `whole` keeps all of the furniture, the others a few lines of it as an extractor
    would. Titles in the top are those of the body's page.
    """
    rng = random.Random(0)  # noqa: S311 - no secret
    split = [parts(lines) for page, lines in known if page.extractor == WHOLE]
    title_of = {
        page.page_id: parts(lines).title for page, lines in known if page.extractor == WHOLE
    }
    bodies = [(title_of[page.page_id], parts(lines).body) for page, lines in known]
    bodies = [body for body in bodies if body[1]]
    found = [_made(rng, split, bodies, news, whole=whole) for _ in range(count)]
    return [page for page in found if page]


def _made(
    rng: random.Random,
    split: Sequence[Parts],
    bodies: Sequence[tuple[str, Labelled]],
    news: News,
    *,
    whole: float,
) -> Labelled:
    above, below = rng.choice(split), rng.choice(split)
    which = rng.random()
    own = (above.title, above.body)
    title, body = own if which < _OWN_BODY else rng.choice(news if which < _NEWS_BODY else bodies)
    top = above.top if which < _OWN_BODY else _retitled(above.top, above.title, title)
    bottom = below.bottom
    if rng.random() < _THINNED:
        share = rng.random() / 2
        near = len(top) - _NEAR
        top = [line for at, line in enumerate(top) if at == 0 or at > near or rng.random() > share]
    if rng.random() >= whole:
        top = top[len(top) - min(len(top), rng.choice(_FEW)) :]
        bottom = bottom[: rng.choice((*_FEW, 5))]
    return [(line, False) for line in top] + body + [(line, False) for line in bottom]


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if len(word) > 2}  # noqa: PLR2004


def _retitled(top: Sequence[str], old: str, new: str) -> list[str]:
    """The top of a page with its title, wherever it stands, replaced."""
    title = _words(old)
    found = []
    for at, line in enumerate(top):
        shared, own = _words(line) & title, _words(line)
        same = len(shared) >= max(3, _SAME * len(own), _SAME * len(title))
        if at == 0:
            found.append(line.replace(old, new) if old else new)
        else:
            found.append(new if same else line)
    return found
