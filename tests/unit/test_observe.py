"""What is counted about the articles, and how many series that can become."""

from dataclasses import dataclass
from typing import Any

import pytest
from faust.types import TP
from prometheus_client import REGISTRY, generate_latest

from streams import metrics
from streams.observe import SAMPLE, IndexWatch, LagGauges, observe, outcome
from streams.records import Article, Dedup, Duplicate, Entity, Match, encode
from streams.stages.contract import Emission
from streams.topology import DUPLICATES, TAGGED, UNIQUE, UNROUTED


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def article(**fields: object) -> bytes:
    return encode(Article(article_id="0" * 32, text="text", **fields))  # type: ignore[arg-type]


def emission(topic: str, content: bytes) -> Emission:
    return Emission(topic, None, content)


def see(stage: str, *sent: Emission, times: int = 1, appended_ms: int = 0, now: float = 0) -> None:
    observe(stage, [(sent, str(appended_ms).encode())] * times, now)


def test_outcomes_are_told_apart_by_topic_and_status() -> None:
    update = article(dedup=Dedup(status="update", cluster_id="c"))
    assert outcome(emission(UNIQUE, article())) == "unique"
    assert outcome(emission(UNIQUE, update)) == "update"
    assert outcome(emission(TAGGED, update)) == "tagged"
    assert outcome(emission(UNROUTED, article())) == "unrouted"
    assert outcome(emission("news.topic.war", article())) == "routed"


def test_an_article_counts_once_however_many_streams_it_goes_to() -> None:
    labels = {"stage": "route", "outcome": "routed"}
    before = value("newswire_articles_total", **labels)
    streams = value("newswire_routes_per_article_sum")
    see("route", *(emission(f"news.topic.t{n}", article()) for n in range(3)))
    assert value("newswire_articles_total", **labels) == before + 1
    assert value("newswire_routes_per_article_sum") == streams + 3


def test_freshness_counts_from_the_append_to_the_raw_topic() -> None:
    before = value("newswire_freshness_seconds_sum", since="appended")
    see("route", emission(UNROUTED, article()), appended_ms=1_000, now=3.5)
    assert value("newswire_freshness_seconds_sum", since="appended") == before + 2.5


def test_duplicates_count_by_relation() -> None:
    copy = Duplicate(article_id="a", of="b", cluster_id="c", relation="abridged", similarity=0.9)
    before = value("newswire_dedup_relations_total", relation="abridged")
    see("dedup", emission(DUPLICATES, encode(copy)))
    assert value("newswire_dedup_relations_total", relation="abridged") == before + 1


@pytest.mark.parametrize(("status", "relation"), [("update", "update"), ("unique", "related")])
def test_updates_and_related_articles_count_too(status: Any, relation: Any) -> None:
    match = Match(article_id="b", relation=relation, similarity=0.5)
    known = Dedup(status=status, cluster_id="c", matches=[match])
    before = value("newswire_dedup_relations_total", relation=relation)
    see("dedup", emission(UNIQUE, article(dedup=known)))
    see("dedup", emission(UNIQUE, article(title='"relation":"related"')))
    assert value("newswire_dedup_relations_total", relation=relation) == before + 1


@dataclass
class FakeIndex:
    compared: list[int]
    nbytes: int = 1000
    articles: int = 7
    reach_ms: int = 5_500


def test_an_index_is_watched_and_what_it_did_at_start_is_not_counted() -> None:
    index = FakeIndex([5, 0, 3])
    watch = IndexWatch(index)
    before = value("newswire_dedup_candidates_count"), value("newswire_dedup_candidates_sum")
    index.compared = [6, 0, 5]
    watch.measure()
    watch.measure()
    after = value("newswire_dedup_candidates_count"), value("newswire_dedup_candidates_sum")
    assert after == (before[0] + 3, before[1] + 4)
    assert value("newswire_dedup_index_bytes") == 1000
    assert value("newswire_dedup_index_articles") == 7
    assert value("newswire_dedup_window_seconds") == 5.5


def lag_of(tp: TP) -> tuple[float, float]:
    labels = {"topic": tp.topic, "partition": str(tp.partition)}
    return value("newswire_lag_records", **labels), value("newswire_lag_seconds", **labels)


def test_lag_is_the_age_of_the_newest_record_processed_while_there_is_more() -> None:
    gauges, tp = LagGauges(), TP("t", 0)
    gauges.measure({tp: 9}, {}, 1000)
    gauges.measure({tp: 9}, {}, 1004)
    assert lag_of(tp) == (9, 4), "nothing processed yet: since it is ours"
    gauges.measure({tp: 8}, {tp: 400.0}, 1005)
    assert lag_of(tp) == (8, 605)
    gauges.measure({tp: 0}, {tp: 990.0}, 1006)
    assert lag_of(tp) == (0, 0)


def test_a_partition_given_up_has_no_lag_of_ours_and_starts_anew_when_it_comes_back() -> None:
    gauges, kept, gone = LagGauges(), TP("t", 1), TP("t", 2)
    gauges.measure({kept: 5, gone: 500}, {gone: 900.0}, 1000)
    gauges.measure({kept: 5}, {gone: 900.0}, 1010)
    assert lag_of(gone) == (0, 0)
    assert lag_of(kept) == (5, 10)
    gauges.measure({gone: 7}, {gone: 900.0}, 5000)
    gauges.measure({gone: 7}, {gone: 900.0}, 5002)
    assert lag_of(gone) == (7, 2)


def test_every_sixteenth_article_is_read() -> None:
    entity = Entity(entity_id="x", type="ORG", name="X", mentions=[])
    before = value("newswire_entities_per_article_count")
    see("tag", emission(TAGGED, article(entities=[entity])), times=SAMPLE * 5)
    assert value("newswire_entities_per_article_count") == before + 5


def test_broken_times_are_passed_over() -> None:
    before = value("newswire_freshness_seconds_count", since="scraped")
    bad = article(scraped_at="not a time", published_at="2024-01-01T00:00:00Z")
    see("route", emission(UNROUTED, bad), times=SAMPLE)
    assert value("newswire_freshness_seconds_count", since="scraped") == before


def test_what_is_no_article_counts_by_its_topic_only() -> None:
    labels = {"stage": "tag", "outcome": "tagged"}
    before = value("newswire_articles_total", **labels)
    for content in (b"no json", b"[1]", b"", b'{"entities": null, "relation": {}}'):
        see("tag", emission(TAGGED, content), times=SAMPLE)
        see("dedup", emission(DUPLICATES, content))
    assert value("newswire_articles_total", **labels) == before + 4 * SAMPLE


def test_a_thousand_topics_and_ten_thousand_sources_make_no_series() -> None:
    before = len(generate_latest(REGISTRY).splitlines())
    for n in range(10_000):
        content = article(source=f"source {n}", source_id=f"s{n}")
        see("route", emission(f"news.topic.t{n % 1_000}", content))
    assert len(generate_latest(REGISTRY).splitlines()) - before < 100


def test_names_follow_the_rules_of_prometheus() -> None:
    catalogue = [m for m in vars(metrics).values() if hasattr(m, "_documentation")]
    assert len(catalogue) > 20
    for metric in catalogue:
        assert metric._name.startswith("newswire_")
        assert metric._documentation.endswith(".")
        assert not metric._name.endswith(("_ms", "_milliseconds", "_minutes", "_kb", "_mb"))
