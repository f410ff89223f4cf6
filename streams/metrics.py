"""The one catalogue of metrics: base units, bounded labels; every name starts with `newswire_`.

With several worker processes (`PROMETHEUS_MULTIPROC_DIR` set by the supervisor) a process keeps
its values in files named by its slot, so a restarted process goes on counting where the dead
one stopped and nothing piles up.
"""

import os
from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram, values

from streams.reasons import Reason

SLOT = "NEWSWIRE_WORKER_SLOT"
if "PROMETHEUS_MULTIPROC_DIR" in os.environ and SLOT in os.environ:
    values.ValueClass = values.MultiProcessValue(lambda: os.environ[SLOT])  # type: ignore[no-untyped-call]

OUTCOMES = {
    "dedup": ("unique", "update", "duplicate"),
    "tag": ("tagged",),
    "route": ("routed", "unrouted"),
}
RELATED = ("same", "abridged", "update", "related")
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
AGES = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86400)
COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)

RECORDS = Counter("newswire_records", "Records taken in by an agent.", ["stage"])
OUTPUTS = Counter("newswire_outputs", "Records sent and acknowledged by the brokers.", ["stage"])
STAGE_SECONDS = Histogram(
    "newswire_stage_seconds", "Time of a stage over one batch.", ["stage"], buckets=SECONDS
)
STAGE_ERRORS = Counter(
    "newswire_stage_errors",
    "Batches that failed as a whole, by kind: timeout, died, contract.",
    ["stage", "kind"],
)
BATCH_RECORDS = Histogram(
    "newswire_batch_records", "Records in one fetched batch.", ["stage"], buckets=COUNTS
)
DELIVERY_SECONDS = Histogram(
    "newswire_delivery_seconds",
    "From the send of a batch's outputs to the acknowledgement of all.",
    ["stage"],
    buckets=SECONDS,
)
DELIVERY_ERRORS = Counter(
    "newswire_delivery_errors", "Sends that failed and were tried again.", ["error"]
)
DELIVERY_BLOCKED = Gauge(
    "newswire_delivery_blocked",
    "1 while outputs cannot be delivered and are held.",
    ["stage"],
    multiprocess_mode="livemax",
)
DEAD_LETTERS = Counter("newswire_dead_letters", "Dead letters, by reason.", ["stage", "reason"])
COMMITS = Counter("newswire_commits", "Offset commits, by result: ok, failed.", ["result"])
COMMIT_SECONDS = Histogram("newswire_commit_seconds", "Time of an offset commit.", buckets=SECONDS)
REBALANCES = Counter("newswire_rebalances", "Rebalances that took partitions away.")
PARTITIONS = Gauge(
    "newswire_partitions", "Partitions assigned.", ["topic"], multiprocess_mode="livesum"
)
LAG_RECORDS = Gauge(
    "newswire_lag_records",
    "Records between what is processed and the end of the partition.",
    ["topic", "partition"],
    multiprocess_mode="livemostrecent",
)
AGE_SECONDS = Histogram(
    "newswire_age_seconds",
    "Age of a batch's oldest record (by its Kafka timestamp) when its outputs are acknowledged.",
    ["stage"],
    buckets=AGES,
)
LAST_RECORD_SECONDS = Gauge(
    "newswire_last_record_timestamp_seconds",
    "Kafka timestamp of the newest record processed, in Unix time.",
    ["stage"],
    multiprocess_mode="max",
)
BREAKER_OPEN = Gauge(
    "newswire_breaker_open", "1 while the breaker holds a stage.", ["stage"],
    multiprocess_mode="livemax",
)  # fmt: skip
BREAKER_TRIPS = Counter("newswire_breaker_trips", "Times that the breaker opened.", ["stage"])
SUSPECTS = Counter(
    "newswire_suspect_records", "Records that were in hand when a worker or its stages died."
)
LOG_POSITION = Gauge(
    "newswire_fingerprint_log_offset",
    "Offset up to which the fingerprint log is read.",
    multiprocess_mode="livemin",
)
LOG_WAIT_SECONDS = Histogram(
    "newswire_fingerprint_log_wait_seconds",
    "From the append of a batch's fingerprints to its decisions.",
    buckets=SECONDS,
)
UP = Gauge("newswire_up", "Worker processes that run.", multiprocess_mode="livesum")
READY = Gauge("newswire_ready", "Worker processes that are ready.", multiprocess_mode="livesum")
BUILD = Gauge(
    "newswire_build_info",
    "1, with the version of the code.",
    ["version"],
    multiprocess_mode="max",
)
LAG_SECONDS = Gauge(
    "newswire_lag_seconds",
    "Age of the newest record processed of a partition of ours that has more to read, else 0.",
    ["topic", "partition"],
    multiprocess_mode="livemostrecent",
)
ARTICLES = Counter(
    "newswire_articles",
    "Articles delivered, by outcome: unique, update, duplicate, tagged, routed, unrouted.",
    ["stage", "outcome"],
)
FRESHNESS_SECONDS = Histogram(
    "newswire_freshness_seconds",
    "From a moment of the article (appended to the raw topic; scraped and published: of every"
    " 16th) to its delivery into its streams.",
    ["since"],
    buckets=AGES,
)
RELATIONS = Counter(
    "newswire_dedup_relations",
    "Articles by their closest relation to an earlier one: same, abridged, update, related.",
    ["relation"],
)
INDEX_BYTES = Gauge(
    "newswire_dedup_index_bytes", "Memory of the dedup index.", multiprocess_mode="livesum"
)
INDEX_ARTICLES = Gauge(
    "newswire_dedup_index_articles", "Articles in the index.", multiprocess_mode="livemax"
)
INDEX_WINDOW_SECONDS = Gauge(
    "newswire_dedup_window_seconds",
    "From the oldest article that the index can still find to the latest.",
    multiprocess_mode="livemax",
)
CANDIDATES = Histogram(
    "newswire_dedup_candidates",
    "Earlier articles that an article of the log was compared with.",
    buckets=(0, 1, 2, 4, 8),
)
ENTITIES_PER_ARTICLE = Histogram(
    "newswire_entities_per_article", "Entities of every 16th article.", buckets=(0, *COUNTS)
)
SUBJECTS_PER_ARTICLE = Histogram(
    "newswire_subjects_per_article", "Subjects of every 16th article.", buckets=(0, *COUNTS)
)
ROUTES_PER_ARTICLE = Histogram(
    "newswire_routes_per_article", "Output streams of an article.", buckets=(0, *COUNTS)
)
ROUTES_OFFSET = Gauge(
    "newswire_routes_offset",
    "Offset up to which the standing routes are read: the version of the table.",
    multiprocess_mode="livemin",
)
ROUTES = Gauge(
    "newswire_routes", "Standing routes from the topic, live ones.", multiprocess_mode="livemax"
)


def prepare(stages: Iterable[str]) -> None:
    """Make the series that alerts compare with the past, at 0: a rate needs a start."""
    for stage in stages:
        for counter in (RECORDS, OUTPUTS, BREAKER_TRIPS):
            counter.labels(stage)
        for reason in Reason:
            DEAD_LETTERS.labels(stage, str(reason))
        for kind in ("timeout", "died", "contract"):
            STAGE_ERRORS.labels(stage, kind)
        for outcome in OUTCOMES.get(stage, ()):
            ARTICLES.labels(stage, outcome)
        BREAKER_OPEN.labels(stage).set(0)
    for result in ("ok", "failed"):
        COMMITS.labels(result)
    for relation in RELATED:
        RELATIONS.labels(relation)
    for since in ("appended", "scraped", "published"):
        FRESHNESS_SECONDS.labels(since)
