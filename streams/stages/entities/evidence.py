"""Evidence on demand: which attributes at which place spoke for a token's label."""

import numpy as np

from streams.stages.entities.encode import (
    CASE_VOCABULARY,
    OFFSETS,
    WINDOW,
    case_ids,
    known_ids,
    known_vocabulary,
)
from streams.stages.entities.facts import facts_of
from streams.stages.entities.features import BEGIN, END, attributes, code_attributes
from streams.stages.entities.gazetteer import Gazetteer
from streams.stages.entities.labels import LABELS
from streams.stages.entities.model import Model
from streams.text.tokens import TokenBatch


def explanation(
    model: Model, gazetteer: Gazetteer, tokens: TokenBatch, word: str, most: int
) -> list[tuple[str, str]]:
    """For each token equal to `word`: its best label by itself, and the strongest attributes."""
    known = known_vocabulary(gazetteer)
    known_at = known_ids(gazetteer.match(tokens), gazetteer, len(tokens.words))
    codes = {
        "word": tokens.words,
        "known": [known[i] for i in known_at.tolist()],
        "case": [
            CASE_VOCABULARY[i] for i in case_ids(tokens, facts_of(tokens.vocabulary)).tolist()
        ],
    }
    lines: list[tuple[str, str]] = []
    for at in (i for i, other in enumerate(tokens.words) if other == word):
        number = int(np.searchsorted(tokens.sentence, at, "right")) - 1
        low, high = int(tokens.sentence[number]), int(tokens.sentence[number + 1])
        found: list[tuple[str, np.ndarray]] = []
        for stream, offsets in OFFSETS.items():
            for offset in offsets:
                there = at + offset
                code = codes[stream][there] if low <= there < high else (BEGIN, END)[offset > 0]
                found += _weights(model, stream, code, offset)
        total = sum((w for _, w in found), np.zeros(len(LABELS), np.float32))
        label = int(total[1:].argmax()) + 1
        found.sort(key=lambda pair: -abs(float(pair[1][label] - pair[1][0])))
        for name, weights in found[:most]:
            lines.append((LABELS[label], f"{float(weights[label] - weights[0]):+.2f}  {name}"))
    return lines


def _weights(model: Model, stream: str, code: str, offset: int) -> list[tuple[str, np.ndarray]]:
    w = model.weights
    names = attributes(code, w.clusters) if stream == "word" else code_attributes(stream, code)
    place, size = WINDOW.index(offset), len(LABELS)
    found = []
    for name, number in zip(names, w.names.find(names).tolist(), strict=True):
        if number >= 0:
            row = w.linear.rows(np.array([number]))[0]
            found.append((f"{name} at {offset:+d}", row[place * size : (place + 1) * size]))
    return found
