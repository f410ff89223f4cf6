"""Speed of the subject classifier, next to the tokeniser on the same texts in the same run."""

from collections.abc import Callable, Sequence
from time import process_time

from streams.records import Article
from streams.stages.subjects import load_classifier
from streams.text.tokens import tokenise

Figures = dict[str, float]


def measure(texts: Sequence[str], rounds: int, batch: int) -> Figures:
    """CPU microseconds an article, the best of `rounds`, in batches of `batch` texts."""
    parts = [texts[i : i + batch] for i in range(0, len(texts), batch)]
    batches = [
        ([Article(article_id=f"{i:032x}", text=t) for i, t in enumerate(part)], tokenise(part))
        for part in parts
    ]
    classifier = load_classifier()
    tokens = sum(len(t.ids) for _, t in batches)
    best = {"classify": float("inf"), "tokenise": float("inf")}
    for _ in range(rounds):
        spent = {
            "classify": _time(lambda: [classifier.classify(a, t) for a, t in batches]),
            "tokenise": _time(lambda: [tokenise(part) for part in parts]),
        }
        best = {name: min(best[name], spent[name]) for name in best}
    each = {f"{name}_us": seconds / len(texts) * 1e6 for name, seconds in best.items()}
    return each | {
        "ratio": best["classify"] / best["tokenise"],
        "tokens_per_article": tokens / len(texts),
    }


def _time(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start
