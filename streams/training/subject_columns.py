"""One column of the subject model: what it is trained on, and the fit.

Topics that are a WCEP category learn from its events. All learn from unlabelled news in which
their seeds are met (weak labels), and from their seeds, name and definition as tiny texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from streams.evaluation import subject_corpus as corpus
from streams.stages.subjects import taxonomy
from streams.stages.subjects.model import Model
from streams.training.subject_features import matrix
from streams.training.subject_seeds import Seeds, definitions, seed_incidence

INVERSE_PENALTY = 5.0
WEAK_WEIGHT, WEAK_BESIDE_GOLD, TIE_WEIGHT = 0.3, 0.05, 0.3
SURE, SURE_IN_GOLD = 3, 2

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Material:
    """Training texts as features, and how often the seeds of each topic are met in them."""

    codes: tuple[str, ...]
    category: NDArray[np.str_]
    features: csr_matrix
    gold_seeds: Floats
    plain_seeds: Floats
    pseudo: NDArray[np.bool_]
    pseudo_weight: Floats


def prepare(
    events: Sequence[corpus.Event], plain: Sequence[str], named: Sequence[Seeds], model: Model
) -> Material:
    """Everything that the fits of the columns share."""
    gold, other = matrix([e.text for e in events], model), matrix(plain, model)
    headed = matrix([e.headed for e in events], model)
    texts, labels, weight = pseudo_texts(named)
    incidence = seed_incidence(named, model)
    return Material(
        model.codes,
        np.array([e.category for e in events]),
        vstack([gold, headed, other, matrix(texts, model)]).tocsr(),
        ((gold > 0) @ incidence).toarray(),
        ((other > 0) @ incidence).toarray(),
        labels,
        weight,
    )


def pseudo_texts(named: Sequence[Seeds]) -> tuple[list[str], NDArray[np.bool_], Floats]:
    """Seeds, names and definitions as texts, the topics of each, and its weight."""
    codes = [s.code for s in named]
    weight: dict[str, float] = {}
    owners: dict[str, set[str]] = {}
    for s in named:
        weighted = [(p, 2.0) for p in s.strong] + [(p, 1.0) for p in s.weak]
        weighted += [(d, 1.0) for d in definitions(s.code, frozenset(codes))]
        for text, value in weighted:
            weight[text] = max(weight.get(text, 0), value)
            owners.setdefault(text, set()).update(taxonomy.lineage(s.code))
    labels = np.array([[code in owners[text] for code in codes] for text in weight])
    return list(weight), labels, np.array(list(weight.values()))


def has_gold(code: str) -> bool:
    """Whether WCEP's categories label the topic."""
    return code in {*corpus.CODES.values(), corpus.HEALTH, corpus.ENVIRONMENT}


def gold_target(code: str, material: Material) -> tuple[Floats, Floats]:
    """Label and weight of each event for a topic."""
    seeds = material.gold_seeds[:, material.codes.index(code)]
    category = {v: k for k, v in corpus.CODES.items()}.get(code)
    if category is not None:
        return (material.category == category).astype(float), np.ones(len(seeds))
    if code in (corpus.HEALTH, corpus.ENVIRONMENT):
        return _half_of_both(code, material)
    return (seeds >= SURE_IN_GOLD).astype(float), np.where(seeds == 1, 0.0, 1.0)


def _half_of_both(code: str, material: Material) -> tuple[Floats, Floats]:
    other = corpus.ENVIRONMENT if code == corpus.HEALTH else corpus.HEALTH
    mine = material.gold_seeds[:, material.codes.index(code)]
    its = material.gold_seeds[:, material.codes.index(other)]
    both = material.category == corpus.BOTH
    label = both & (mine >= its)
    weight = np.where(label & (mine == its), TIE_WEIGHT, 1.0)
    weight[~both & (mine > SURE)] = 0.0
    return label.astype(float), weight


def plain_target(code: str, material: Material) -> tuple[Floats, Floats]:
    """Weak label and weight of each unlabelled text for a topic."""
    seeds = material.plain_seeds[:, material.codes.index(code)]
    trust = WEAK_BESIDE_GOLD if has_gold(code) else WEAK_WEIGHT
    weight = np.where((seeds > 0) & (seeds < SURE), 0.0, trust)
    return (seeds >= SURE).astype(float), weight


def fit(code: str, material: Material) -> tuple[Floats, float]:
    """Weights of the features and bias of a topic's column."""
    gold, gold_weight = gold_target(code, material)
    plain, plain_weight = plain_target(code, material)
    pseudo = material.pseudo[:, material.codes.index(code)].astype(float)
    label = np.concatenate([gold, gold, plain, pseudo])
    weight = np.concatenate(
        [gold_weight / 2, gold_weight / 2, plain_weight, material.pseudo_weight]
    )
    used = weight > 0
    column = LogisticRegression(C=INVERSE_PENALTY, solver="liblinear")
    column.fit(material.features[used], label[used], sample_weight=weight[used])
    return column.coef_[0], float(column.intercept_[0])
