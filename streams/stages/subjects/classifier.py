"""The subject classifier: calibrated confidence, parents implied, evidence with offsets."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from streams.records import Article, Subject
from streams.stages.subjects import taxonomy
from streams.stages.subjects.evidence import Found, Sources, decisive
from streams.stages.subjects.features import WordIds
from streams.stages.subjects.model import Floats, Model, load
from streams.stages.subjects.scoring import Occurrences, bag, occurrences, scores, with_titles
from streams.text.tokens import TokenBatch, tokenise

Given = tuple[int, float, list[Found]]
_SURE = 30.0


class Classifier:
    """Says what articles are about. The same article gets the same subjects in any batch."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._ids = WordIds(model.vocabulary)
        self._labels = [taxonomy.topics()[code].name for code in model.codes]

    def classify(self, articles: Sequence[Article], tokens: TokenBatch) -> list[list[Subject]]:
        """The subjects of each article, most confident first; none where no topic is sure.

        `tokens` are those of the articles' texts, in order. A topic's ancestors are given with
        it, at no less confidence and with its evidence unless they have their own.
        """
        if not articles:
            return []
        found = self._found(articles, tokens)
        features = bag(found, len(articles), self.model)
        confidence = self.calibrated(scores(features, self.model))
        spoken = np.diff(features.start) > 0
        documents, topics = np.nonzero((confidence >= self.model.threshold) & spoken[:, None])
        sure = np.round(confidence[documents, topics].astype(np.float64), 4).tolist()
        given: list[list[Given]] = [[] for _ in articles]
        evidence = decisive((documents, topics), features, found, self.model)
        columns = zip(topics.tolist(), sure, evidence, strict=True)
        for document, decided in zip(documents.tolist(), columns, strict=True):
            given[document].append(decided)
        return [self._subjects(*pair) for pair in zip(articles, given, strict=True)]

    def confidences(self, articles: Sequence[Article], tokens: TokenBatch) -> Floats:
        """The confidence of every topic of the model, sure or not: (articles, topics)."""
        features = bag(self._found(articles, tokens), len(articles), self.model)
        return self.calibrated(scores(features, self.model))

    def _subjects(self, article: Article, given: Sequence[Given]) -> list[Subject]:
        if not given:
            return []
        sources = Sources(article)
        own = {
            self.model.codes[column]: Subject(
                code=self.model.codes[column],
                label=self._labels[column],
                confidence=confidence,
                evidence=sources.evidence(found),
            )
            for column, confidence, found in given
            if found
        }
        return _with_parents(own)

    def _found(self, articles: Sequence[Article], tokens: TokenBatch) -> Occurrences:
        titles = tokenise([_separate_title(article) for article in articles])
        return with_titles(
            occurrences(tokens, self._ids, self.model), occurrences(titles, self._ids, self.model)
        )

    def calibrated(self, score: Floats) -> Floats:
        """Calibrated probability of each score; shape kept, range 0..1."""
        logit = np.clip(score * self.model.slope + self.model.offset, -_SURE, _SURE)
        result: Floats = (1 / (1 + np.exp(-logit))).astype(np.float32)
        return result


def _separate_title(article: Article) -> str:
    title = article.title or ""
    return "" if article.text.startswith(title) else title


def _with_parents(own: dict[str, Subject]) -> list[Subject]:
    every = dict(own)
    for subject in own.values():
        for code in taxonomy.lineage(subject.code)[1:]:
            parent = every.get(code)
            if parent is None:
                every[code] = _implied(code, subject)
            else:
                parent.confidence = max(parent.confidence, subject.confidence)
    return sorted(every.values(), key=lambda s: (-s.confidence, taxonomy.level(s.code), s.code))


def _implied(code: str, child: Subject) -> Subject:
    return Subject(
        code=code,
        label=taxonomy.topics()[code].name,
        confidence=child.confidence,
        evidence=list(child.evidence),
    )


@cache
def load_classifier() -> Classifier:
    """The classifier with the model that ships, loaded once a process."""
    return Classifier(load())
