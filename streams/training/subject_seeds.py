"""Weak supervision: our seed phrases, and IPTC's own names and definitions of the topics."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from scipy.sparse import csr_matrix

from streams.stages.subjects import taxonomy
from streams.stages.subjects.model import Model
from streams.training.subject_features import PAIR, folded

STRONG = "!"


@dataclass(slots=True, frozen=True)
class Seeds:
    """Phrases that speak for a topic; one of the strong ones nearly decides."""

    code: str
    weak: tuple[str, ...]
    strong: tuple[str, ...]


def seeds() -> list[Seeds]:
    """The seeds of every topic that the model knows, in the order of the file."""
    text = files("streams.stages.subjects").joinpath("seeds.txt").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return [_seeds(taxonomy.PREFIX + code, phrases.split(",")) for code, phrases in rows]


def _seeds(code: str, phrases: list[str]) -> Seeds:
    named = [phrase.strip() for phrase in phrases]
    strong = tuple(phrase[1:].strip() for phrase in named if phrase.startswith(STRONG))
    return Seeds(code, tuple(p for p in named if p and not p.startswith(STRONG)), strong)


def definitions(code: str, known: frozenset[str]) -> list[str]:
    """Names and definitions of the topic and of those below it that `known` does not name."""
    own = [
        topic
        for topic in (taxonomy.topics()[c] for c in sorted(taxonomy.children(code)))
        if nearest(topic.code, known) == code
    ]
    return [text for topic in own for text in (topic.name, f"{topic.name}. {topic.definition}")]


def nearest(code: str, known: frozenset[str]) -> str | None:
    """The topic itself if known, else its nearest known ancestor."""
    return next((c for c in taxonomy.lineage(code) if c in known), None)


def seed_incidence(named: Sequence[Seeds], model: Model) -> csr_matrix:
    """(features, topics): 2 for a strong seed, 1 for a weak one; ancestors take their part."""
    column = {s.code: i for i, s in enumerate(named)}
    weight: dict[tuple[int, int], float] = {}
    for s in named:
        for phrase, value in [(p, 1.0) for p in s.weak] + [(p, 2.0) for p in s.strong]:
            row = phrase_row(phrase, model)
            if row is None:
                continue
            for code in taxonomy.lineage(s.code):
                if code in column:
                    key = (row, column[code])
                    weight[key] = max(weight.get(key, 0), value)
    rows, columns = zip(*weight, strict=True)
    return csr_matrix((list(weight.values()), (rows, columns)), (len(model.idf), len(named)))


def phrase_row(phrase: str, model: Model) -> int | None:
    """The feature of a seed phrase, if it is one."""
    words = [model.vocabulary.get(w, -1) for w in folded(phrase)]
    if len(words) == 1:
        return words[0] if words[0] >= 0 else None
    if len(words) != PAIR or min(words) < 0:
        return None
    found = int(model.pair_rows(np.array(words[:1]), np.array(words[1:]))[0])
    return found if found >= 0 else None
