"""The stages joined as the agents run them: bytes in, bytes out, no broker, no clock.

The two halves of `DedupStage` stand on either side of the fingerprint log; `TagStage` and
`RouteStage` are whole stages. Both runners use these and nothing else.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from streams.headers import ROUTES_OFFSET
from streams.reasons import Reason
from streams.records import Article, decode, encode
from streams.settings import settings
from streams.stages.clean import clean, parse, without_repeated
from streams.stages.contract import (
    DeadLetter,
    DecidingStage,
    Emission,
    FollowingStage,
    Outcome,
    Prepared,
    Record,
    Refused,
    Stage,
    dead_letter,
    guarded,
)
from streams.stages.dedup import Decision, fingerprint, finish
from streams.stages.entities import Tagger, load_tagger
from streams.stages.routes import Change, RouteBook, RouteCheck, builtin_routes, read_file
from streams.stages.subjects import Classifier, load_classifier
from streams.text.tokens import tokenise
from streams.topology import TAGGED, UNROUTED

BULK = 50
"""So many changes of the routes at once are a bulk load."""
A = TypeVar("A")
B = TypeVar("B")


def each(function: Callable[[A], B], batch: Sequence[A]) -> list[B | DeadLetter]:
    """`function` of every element; an exception becomes that element's dead letter."""
    return [_attempt(function, element) for element in batch]


def then(
    outcomes: Sequence[A | DeadLetter], function: Callable[[Sequence[A]], Sequence[B | DeadLetter]]
) -> list[B | DeadLetter]:
    """`function` over what is not a dead letter yet; the dead letters stay in their places."""
    alive = [outcome for outcome in outcomes if not isinstance(outcome, DeadLetter)]
    done = iter(guarded(function, alive) if alive else [])
    return [o if isinstance(o, DeadLetter) else next(done) for o in outcomes]


class DedupStage:
    """`news.raw` → `news.unique` or `news.duplicates`, once the fingerprint log has decided."""

    name = "dedup"

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def prepare(self, batch: Sequence[Record]) -> list[Prepared | DeadLetter]:
        """Raw records parsed, cleaned and fingerprinted: one result per record, in order."""
        raws = each(lambda record: parse(record, self._max_bytes), batch)
        return then(then(raws, clean), _fingerprinted)

    def finish(self, prepared: Sequence[Prepared], decisions: Sequence[Decision]) -> list[Outcome]:
        """One outcome per prepared article, in order, as the index decided."""
        return each(_finished, list(zip(prepared, decisions, strict=True)))


class TagStage:
    """`news.unique` → `news.tagged`: entities, then subjects, over tokens made once."""

    name = "tag"

    def __init__(self, tagger: Tagger, classifier: Classifier) -> None:
        self._tagger = tagger
        self._classifier = classifier

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        """One outcome per record, in order."""
        return then(then(each(_article, batch), self._annotated), _tagged)

    def _annotated(self, articles: Sequence[Article]) -> list[Article]:
        tokens = tokenise([article.text for article in articles])
        for article, entities in zip(articles, self._tagger.tag(articles, tokens), strict=True):
            article.entities = entities
        for article, subjects in zip(
            articles, self._classifier.classify(articles, tokens), strict=True
        ):
            article.subjects = subjects
        return list(articles)


class RouteStage:
    """`news.tagged` → `news.topic.<slug>`, each article once per topic, or `news.unrouted`.

    A header of each emission names the version of the routes that decided.
    """

    name = "route"

    def __init__(self, book: RouteBook) -> None:
        self._book = book
        self.table = book.table()

    def follow(self, changes: Sequence[Change], upto: int, since: int) -> int:
        """Apply changes of `news.routes`, between batches; bad ones are passed over."""
        if since == self._book.version and upto > since:
            self._book.apply(changes, upto)
            self.table = self._book.table()
            if len(changes) >= BULK:
                # Else the cycle collector walks all routes again and again, 100 ms a time.
                gc.freeze()
        return self._book.version

    def __call__(self, batch: Sequence[Record]) -> list[Outcome]:
        """One outcome per record, in order."""
        return then(each(_article, batch), self._all_routed)

    def _all_routed(self, articles: Sequence[Article]) -> list[Outcome]:
        return [self._routed(article) for article in articles]

    def _routed(self, article: Article) -> tuple[Emission, ...]:
        article.routes = self.table.match(article)
        topics = dict.fromkeys(hit.topic for hit in article.routes) or {UNROUTED: None}
        key, value = article.article_id.encode(), encode(article)
        headers = ((ROUTES_OFFSET, b"%d" % self.table.version),)
        return tuple(Emission(topic, key, value, headers) for topic in topics)


def load_stages() -> Mapping[str, Stage | DecidingStage[Decision] | FollowingStage[Change]]:
    """The stages of a worker by the names of topology's steps, every loop of theirs compiled.

    Raises:
        SettingsError: a setting is wrong; the message names it.
    """
    dedup, tag = DedupStage(settings().max_record_bytes), load_tag_stage()
    route = load_route_stage()
    warm(dedup, tag, route)
    return {"dedup": dedup, "tag": tag, "route": route, "routes": RouteCheck()}


def warm(dedup: DedupStage, tag: TagStage, route: RouteStage) -> int:
    """Send a small article through the stages; how many records came out.

    The loops are compiled, or their code loaded, at the first call: before a worker joins its
    group, so that no batch waits for the compiler.
    """
    prepared = dedup.prepare([Record(SMALL)])
    states = [Record(p.state) for p in prepared if isinstance(p, Prepared)]
    tagged = [o for o in tag(states) if not isinstance(o, DeadLetter)]
    routed = route([Record(emission.value) for emissions in tagged for emission in emissions])
    return sum(len(outcome) for outcome in routed if not isinstance(outcome, DeadLetter))


SMALL = (
    b"Foreign Minister Ana Silva met officials of the United Nations in Ankara, Turkey, on Monday. "
    b"Silva said that Turkey and the United Nations had agreed on a ceasefire after a long war. "
    b"The ministers will meet again in Lima next week, a spokesman for Silva told reporters."
)


def load_tag_stage() -> TagStage:
    """The tag stage with the shipped models."""
    return TagStage(load_tagger(), load_classifier())


def load_route_stage(files: Sequence[str] = ()) -> RouteStage:
    """The route stage with the built-in routes and those of `files` (a later slug counts).

    Raises:
        OSError: a file can't be read.
        InvalidRoute: a route in it is wrong; the message says where.
    """
    own = [route for name in files for route in read_file(Path(name))]
    stage = RouteStage(RouteBook([*builtin_routes(), *own]))
    # Machine code is loaded now, not while the first article waits.
    stage.table.match(Article(article_id="", text=""))
    return stage


def _attempt(function: Callable[[A], B], element: A) -> B | DeadLetter:
    try:
        return function(element)
    except Exception as error:  # noqa: BLE001 - the contract: a stage never raises for bad data
        return dead_letter(error)


def _fingerprinted(articles: Sequence[Article]) -> list[Prepared]:
    prints = fingerprint(articles)
    return [Prepared(print_, encode(a)) for a, print_ in zip(articles, prints, strict=True)]


def _finished(pair: tuple[Prepared, Decision]) -> Outcome:
    prepared, decision = pair
    article = decode(prepared.state, Article)
    if decision.repeated:
        article = without_repeated(article, decision.repeated)
    return finish(article, decision)


def _article(record: Record) -> Article:
    if record.value is None:
        raise Refused(Reason.NULL_VALUE)
    try:
        return decode(record.value, Article)
    except ValueError as error:
        raise Refused(Reason.INVALID_RECORD, str(error)) from None


def _tagged(articles: Sequence[Article]) -> list[Outcome]:
    return [(Emission(TAGGED, a.article_id.encode(), encode(a)),) for a in articles]
