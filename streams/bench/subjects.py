"""Speed of the subject classifier, next to the tokeniser on the same texts in the same run."""

from collections.abc import Callable, Sequence
from time import process_time

from streams.records import Article, Entity, Mention
from streams.stages.subjects import load_classifier
from streams.text.tokens import tokenise

Figures = dict[str, float]
MENTION_EVERY = 400


def measure(texts: Sequence[str], rounds: int, batch: int) -> Figures:
    """CPU microseconds an article, the best of `rounds`, in batches of `batch` texts.

    Each article has an entity with a mention every `MENTION_EVERY` characters, as after the
    tagger.
    """
    parts = [texts[i : i + batch] for i in range(0, len(texts), batch)]
    batches = [(list(map(_article, part)), tokenise(part)) for part in parts]
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


def _article(text: str) -> Article:
    starts = range(0, len(text) - 1, MENTION_EVERY)
    mentions = [Mention(start=s, end=s + 1, text=text[s], confidence=1.0) for s in starts]
    entity = Entity(entity_id="x", type="ORG", name="x", mentions=mentions)
    return Article(article_id="0" * 32, text=text, entities=[entity])


def _time(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start
