"""Trains the two line models of the clean stage: boosted trees, kept as arrays."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from streams.evaluation.clean import Page
from streams.evaluation.wikinews import wikinews
from streams.stages.clean import rules
from streams.stages.clean.features import Columns
from streams.stages.clean.furniture import ON_PAGES, is_page, measured, on_page
from streams.stages.clean.lines import split
from streams.stages.clean.trees import Trees
from streams.training.clean_furniture import Labelled, Maker, News
from streams.training.clean_pages import made_pages, tuning_pages

MADE = 400
WHOLE = 0.75
FEWEST_BODY_WORDS = 60
HEAVIEST_LINE = 0.2
LINE_WEIGHT = 0.002
REAL_WEIGHT = 2.0
PAGES = {"max_depth": 4, "max_iter": 150, "learning_rate": 0.06}
TEXTS = {"max_depth": 3, "max_iter": 80, "learning_rate": 0.12}
COMMON = {
    "min_samples_leaf": 40,
    "l2_regularization": 5.0,
    "max_features": 0.3,
    "early_stopping": False,
    "random_state": 0,
}


def train(data: Path, said: Callable[[str], None]) -> tuple[Trees, Trees]:
    """The models for whole pages and for texts, from the tuning half; the same every time."""
    said("aligning pages with their bodies")
    known = tuning_pages(data)
    news = [(title, [(line, True) for line in lines]) for title, lines in wikinews(data)]
    return grown(known, news, said)


def grown(
    known: Sequence[tuple[Page, Labelled]], news: News, said: Callable[[str], None]
) -> tuple[Trees, Trees]:
    """The models for whole pages and for texts, from labelled pages and news to make more of."""
    said("measuring lines")
    real = [lines for _, lines in known]
    made = made_pages(known, news, MADE, WHOLE)
    maker = Maker(news, 0)
    harder = [maker.harder(without_residue(page)) for page in made]
    left = [without_residue(page) for page in real]
    columns, keep, weight = examples([*harder, *left], len(harder))
    names = [name for name in columns if name not in ON_PAGES]
    said("growing trees")
    whole = fitted([*names, *ON_PAGES], columns, keep, weight * is_page(columns), PAGES)
    columns, keep, weight = examples([*made, *real], len(made))
    return whole, fitted(names, columns, keep, weight, TEXTS)


def without_residue(page: Labelled) -> Labelled:
    """The lines that no rule takes out: the model of pages never sees the others."""
    found = rules.reasons([line for line, _ in page])
    return [line for line, reason in zip(page, found, strict=True) if reason is None]


def examples(
    documents: Sequence[Labelled], made: int
) -> tuple[Columns, NDArray[np.bool_], NDArray[np.float64]]:
    """Columns, labels and weights of all lines; a line weighs its share of the body's words."""
    lines = split(["\n".join(line for line, _ in document) for document in documents])
    columns = measured(lines)
    columns |= on_page(lines)
    keep = np.array([kept for document in documents for _, kept in document])
    words = np.expm1(columns["words"])
    body = np.bincount(lines.text_of, weights=words * keep, minlength=len(documents))
    share = words / np.maximum(body, FEWEST_BODY_WORDS)[lines.text_of]
    weight = np.minimum(share + LINE_WEIGHT, HEAVIEST_LINE)
    return columns, keep, weight * np.where(lines.text_of < made, 1.0, REAL_WEIGHT)


def fitted(
    names: Sequence[str],
    columns: Columns,
    keep: NDArray[np.bool_],
    weight: NDArray[np.float64],
    options: dict[str, Any],
) -> Trees:
    """Trees over the named columns of the lines that have weight."""
    used = weight > 0
    table = np.column_stack([columns[name][used] for name in names]).astype(np.float32)
    model = HistGradientBoostingClassifier(**COMMON, **options)
    model.fit(table, keep[used], 100 * weight[used])
    return exported(model, names, options["max_depth"])


def exported(model: HistGradientBoostingClassifier, names: Sequence[str], depth: int) -> Trees:
    """The model's trees as complete trees of the depth; a leaf higher up fills all below it."""
    grown = [predictor.nodes for (predictor,) in model._predictors]  # noqa: SLF001 - no public form
    inner, leaves = 2**depth - 1, 2**depth
    feature = np.zeros((len(grown), inner), np.int16)
    threshold = np.full((len(grown), inner), np.inf, np.float32)
    leaf = np.zeros((len(grown), leaves), np.float32)
    for tree, nodes in enumerate(grown):
        pending = [(0, 0)]
        while pending:
            node, place = pending.pop()
            if place >= inner:
                leaf[tree, place - inner] = nodes[node]["value"]
            elif nodes[node]["is_leaf"]:
                pending += [(node, 2 * place + 1), (node, 2 * place + 2)]
            else:
                feature[tree, place] = nodes[node]["feature_idx"]
                threshold[tree, place] = nodes[node]["num_threshold"]
                pending.append((int(nodes[node]["left"]), 2 * place + 1))
                pending.append((int(nodes[node]["right"]), 2 * place + 2))
    base = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001 - no public form
    return Trees(tuple(names), feature, threshold, leaf, base)
