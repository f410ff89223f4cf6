"""Speed of the tagger: tokens a second in batches and alone, next to a blank spaCy pipeline."""

import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from streams.evaluation import entity_corpora as corpora
from streams.evaluation.split import is_check
from streams.records import Article
from streams.stages.entities import Tagger, load_tagger
from streams.text.tokens import tokenise

BATCH = 64


@dataclass(slots=True, frozen=True)
class Speed:
    """Medians: tokens a second in a batch and on one article; milliseconds an article.

    `stage_ms` is the whole stage, tokenising included, per article of `mean_tokens` in a batch.
    """

    batch: float
    single: float
    tokenise: float
    stage_ms: float
    mean_tokens: float


def news() -> list[str]:
    """Texts of the newswire set, sentences joined by blanks, long enough to be articles."""
    texts = [d.text.replace(" \n", " ") for d in corpora.worldwide("dev")]
    return [text for text in texts if len(text) > 1000]  # noqa: PLR2004


def _articles(texts: Sequence[str]) -> list[Article]:
    return [Article(article_id=str(n), text=text) for n, text in enumerate(texts)]


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def ready() -> Tagger:
    """The shipped tagger after its first sentence, so that the compiler and the loops are there."""
    tagger = load_tagger()
    first = "Ana Silva left Lima on Monday."
    tagger.tag(_articles([first]), tokenise([first]))
    return tagger


def measure(tagger: Tagger, texts: Sequence[str], rounds: int) -> Speed:
    """Process CPU time, medians over `rounds` different batches, caches as in a running worker."""
    rng = random.Random(5)  # noqa: S311 - a choice of texts
    tagger.tag(_articles(texts), tokenise(texts))
    batch, single, tokens_s, stage, sizes = [], [], [], [], []
    for _ in range(rounds):
        some = rng.sample(list(texts), min(BATCH, len(texts)))
        articles, made = _articles(some), tokenise(some)
        count = len(made.words)
        in_tokenise = _timed(lambda some=some: tokenise(some))  # type: ignore[misc]
        in_tag = _timed(lambda a=articles, m=made: tagger.tag(a, m))  # type: ignore[misc]
        tokens_s.append(count / in_tokenise)
        batch.append(count / in_tag)
        stage.append(1000 * (in_tokenise + in_tag) / len(some))
        sizes.append(count / len(some))
        one = tokenise(some[:1])
        single.append(len(one.words) / _timed(lambda a=articles[:1], m=one: tagger.tag(a, m)))  # type: ignore[misc]
    return Speed(*(float(np.median(v)) for v in (batch, single, tokens_s, stage, sizes)))


@dataclass(slots=True, frozen=True)
class Peer:
    """A blank spaCy pipeline, same newswire to learn: tokens a second, F1 on the check half."""

    tokens_per_second: float
    f1: float
    train_seconds: float


def spacy_peer(epochs: int) -> Peer:
    """Train `spacy.blank("en")` with an `ner` on the taught news, and measure it.

    It learns and is judged on its own tokens of the texts that the tagger has; all types of the
    set. The tagger has web text and word lists besides.
    """
    import spacy  # noqa: PLC0415 - only in the extra `bench`
    from thinc.api import fix_random_seed  # noqa: PLC0415 - comes with spaCy

    start = time.process_time()
    fix_random_seed(5)
    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner")
    examples = [
        _example(pipeline, line) for document in corpora.taught_news() for line in _lines(document)
    ]
    optimiser = pipeline.initialize(lambda: examples)
    rng = random.Random(5)  # noqa: S311 - an order of documents
    for _ in range(epochs):
        rng.shuffle(examples)
        for low in range(0, len(examples), BATCH):
            pipeline.update(examples[low : low + BATCH], sgd=optimiser, drop=0.2)
    trained = time.process_time() - start
    return Peer(*_judge(pipeline), trained)


def _lines(document: corpora.Document) -> Iterator[corpora.Document]:
    """The sentences of a document, so that the peer gets as many steps as it can use."""
    start = 0
    for line in document.text.splitlines(keepends=True):
        end = start + len(line)
        spans = [s for s in document.spans if start <= s.start < s.end <= end]
        moved = [corpora.Span(s.start - start, s.end - start, s.types) for s in spans]
        yield corpora.Document(document.document_id, line, moved)
        start = end


def _example(pipeline: Any, document: corpora.Document) -> Any:
    from spacy.training import Example  # noqa: PLC0415 - as above
    from spacy.util import filter_spans  # noqa: PLC0415

    doc = pipeline.make_doc(document.text)
    spans = [
        doc.char_span(s.start, s.end, s.types[0], alignment_mode="expand") for s in document.spans
    ]
    reference = doc.copy()
    reference.ents = filter_spans([s for s in spans if s is not None])
    return Example(doc, reference)


def _judge(pipeline: Any) -> tuple[float, float]:
    types = {"PER", "ORG", "LOC", "NORP"}
    documents = [d for d in corpora.worldwide("dev") if is_check(d.document_id)]
    start = time.process_time()
    docs = list(pipeline.pipe([d.text for d in documents], batch_size=BATCH))
    seconds = time.process_time() - start
    right = found = gold = 0
    for document, doc in zip(documents, docs, strict=True):
        ours = {(e.start_char, e.end_char, e.label_) for e in doc.ents if e.label_ in types}
        theirs = {(s.start, s.end, s.types[0]) for s in document.spans if s.types[0] in types}
        right += len(ours & theirs)
        found += len(ours)
        gold += len(theirs)
    return sum(map(len, docs)) / seconds, 2 * right / max(1, found + gold)


def resident_mb() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
