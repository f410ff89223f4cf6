"""Word vectors and classes from the unlabelled allowed texts: PPMI, truncated SVD, k-means."""

import gzip
import json
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans
from sklearn.utils.extmath import randomized_svd

from streams.evaluation import entity_corpora as corpora
from streams.evaluation.split import shared_data
from streams.evaluation.wikinews import YEARS, rows
from streams.stages.entities.features import normalise
from streams.text.tokens import tokenise

Floats = NDArray[np.float32]
LEAST, CONTEXTS = 4, 8000
PLACES = (-2, -1, 1, 2)


@dataclass(slots=True, frozen=True)
class Vectors:
    """`values` (V, d), rows of length about 1, for `words` (normalised), commonest first."""

    words: list[str]
    values: Floats


def unlabelled() -> list[str]:
    """Every text that may train a model; no evaluation-only set."""
    data = shared_data()
    texts = [d.text for d in (*corpora.worldwide("train"), *corpora.gmb())]
    texts += [d.text for d in (*corpora.ewt("dev"), *corpora.ewt("test"))]
    texts += [row["text"] for year in YEARS for row in rows(data, year)]
    with gzip.open(data / "topics" / "wcep-categorised.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts += [json.loads(line)["text"] for line in lines]
    return texts


def _counts(texts: list[str]) -> tuple[list[str], sp.csr_matrix]:
    tokens = tokenise(texts)
    names: dict[str, int] = {}
    fold = np.array([names.setdefault(normalise(w), len(names)) for w in tokens.vocabulary])
    ids = fold[tokens.ids]
    frequency = np.bincount(ids, minlength=len(names))
    order = np.argsort(-frequency, kind="stable")
    order = order[frequency[order] >= LEAST]
    rank = np.full(len(names) + 1, -1)
    rank[order] = np.arange(len(order))
    seen = rank[ids]
    pieces = []
    sentence = np.searchsorted(tokens.sentence, np.arange(len(ids)), "right")
    for number, place in enumerate(PLACES):
        other = np.roll(seen, -place)
        same = sentence == np.roll(sentence, -place)
        keep = same & (seen >= 0) & (other >= 0) & (other < CONTEXTS)
        columns = other[keep] + number * CONTEXTS
        ones = np.ones(int(keep.sum()), np.float32)
        shape = (len(order), CONTEXTS * len(PLACES))
        pieces.append(sp.csr_matrix((ones, (seen[keep], columns)), shape=shape))
    words = list(names)
    return [words[i] for i in order.tolist()], sum(pieces[1:], pieces[0])


def _ppmi(counts: sp.csr_matrix) -> sp.csr_matrix:
    rows = np.asarray(counts.sum(1)).ravel()
    columns = np.asarray(counts.sum(0)).ravel() ** 0.75
    total = columns.sum()
    found = counts.tocoo()
    value = np.log(found.data * total / (rows[found.row] * columns[found.col]))
    keep = value > 0
    return sp.csr_matrix(
        (value[keep].astype(np.float32), (found.row[keep], found.col[keep])), shape=counts.shape
    )


def train_vectors(texts: list[str], size: int) -> Vectors:
    """Vectors of the words seen at least `LEAST` times."""
    words, counts = _counts(texts)
    left, strength, _ = randomized_svd(_ppmi(counts), size, n_iter=4, random_state=7)
    values = (left * np.sqrt(strength)).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True) + 1e-6
    return Vectors(words, values)


def clusters(vectors: Vectors, sizes: tuple[int, ...]) -> dict[str, tuple[str, ...]]:
    """For each word its class at each size, such as `256.17`."""
    columns = []
    for size in sizes:
        model = MiniBatchKMeans(size, random_state=7, n_init=1, batch_size=4096, max_iter=60)
        columns.append([f"{size}.{label}" for label in model.fit_predict(vectors.values)])
    return dict(zip(vectors.words, zip(*columns, strict=True), strict=True))
