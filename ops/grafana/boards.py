"""What is on the boards: one table, in the order of the panels."""

from dataclasses import dataclass

RATE = "[$__rate_interval]"
Query = tuple[str, str]


@dataclass(slots=True, frozen=True)
class Panel:
    """A panel: queries with their legends; `unit` is one of Grafana's."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"


@dataclass(slots=True, frozen=True)
class Board:
    """A dashboard; `uid` never changes, links point at it."""

    uid: str
    title: str
    description: str
    panels: tuple[Panel, ...]


def rate(metric: str, by: str) -> str:
    """Per-second rate of a counter, summed by a label."""
    return f"sum by ({by}) (rate({metric}{RATE}))"


def quantile(q: float, metric: str, *by: str) -> str:
    """A quantile of a histogram over the panel's interval."""
    labels = ", ".join(("le", *by))
    return f"histogram_quantile({q}, sum by ({labels}) (rate({metric}_bucket{RATE})))"


def mean(metric: str) -> str:
    """Mean of a histogram over the panel's interval."""
    return f"sum(rate({metric}_sum{RATE})) / sum(rate({metric}_count{RATE}))"


FRESH = 'newswire_freshness_seconds_bucket{since="appended",le="5.0"}'
FRESH_ALL = 'newswire_freshness_seconds_count{since="appended"}'

OVERVIEW = Board(
    "newswire-overview",
    "newswire / overview",
    "For a desk: does the wire run, how fresh is it, what becomes of the articles.",
    (
        Panel(
            "Articles in",
            "Raw articles taken in a second.",
            "reqps",
            ((f'sum(rate(newswire_records_total{{stage="dedup"}}{RATE}))', "raw"),),
        ),
        Panel(
            "What became of them",
            "Articles a second by outcome.",
            "reqps",
            ((rate("newswire_articles_total", "outcome"), "{{outcome}}"),),
        ),
        Panel(
            "Freshness",
            "From the raw topic to the streams, median and 99 of 100.",
            "s",
            (
                (quantile(0.5, "newswire_freshness_seconds", "since"), "p50 {{since}}"),
                (quantile(0.99, "newswire_freshness_seconds", "since"), "p99 {{since}}"),
            ),
        ),
        Panel(
            "Ready workers",
            "Worker processes that are ready.",
            "short",
            (("sum(newswire_ready)", "ready"), ("sum(newswire_up)", "running")),
            "stat",
        ),
        Panel(
            "Behind by",
            "Age of the oldest work of any topic.",
            "s",
            (("max by (topic) (newswire_lag_seconds)", "{{topic}}"),),
        ),
        Panel(
            "Dead letters",
            "Dead letters a second by reason.",
            "reqps",
            ((rate("newswire_dead_letters_total", "reason"), "{{reason}}"),),
        ),
    ),
)

STAGES = Board(
    "newswire-stages",
    "newswire / stages",
    "Rate, errors and duration of each stage, and what the texts yield.",
    (
        Panel(
            "Records",
            "Records taken in a second by stage.",
            "reqps",
            ((rate("newswire_records_total", "stage"), "{{stage}}"),),
        ),
        Panel(
            "Failed batches",
            "Batches a second that failed as a whole, by kind.",
            "reqps",
            ((rate("newswire_stage_errors_total", "stage, kind"), "{{stage}} {{kind}}"),),
        ),
        Panel(
            "Time of a batch",
            "Time in the stage, 99 of 100 batches.",
            "s",
            ((quantile(0.99, "newswire_stage_seconds", "stage"), "{{stage}}"),),
        ),
        Panel(
            "Batch size",
            "Median of records in a batch.",
            "short",
            ((quantile(0.5, "newswire_batch_records", "stage"), "{{stage}}"),),
        ),
        Panel(
            "Entities and subjects",
            "Means of an article, of every 16th.",
            "short",
            (
                (mean("newswire_entities_per_article"), "entities"),
                (mean("newswire_subjects_per_article"), "subjects"),
            ),
        ),
        Panel(
            "Breaker",
            "1 while the breaker holds a stage.",
            "short",
            (("max by (stage) (newswire_breaker_open)", "{{stage}}"),),
        ),
    ),
)

KAFKA = Board(
    "newswire-kafka",
    "newswire / Kafka",
    "Reading, delivering and committing.",
    (
        Panel(
            "Lag",
            "Records to read by topic.",
            "short",
            (("sum by (topic) (newswire_lag_records)", "{{topic}}"),),
        ),
        Panel(
            "Lag in seconds",
            "How far readers are behind in time.",
            "s",
            (("max by (topic) (newswire_lag_seconds)", "{{topic}}"),),
        ),
        Panel(
            "Delivery",
            "From send to acknowledgement by all replicas, 99 of 100.",
            "s",
            ((quantile(0.99, "newswire_delivery_seconds", "stage"), "{{stage}}"),),
        ),
        Panel(
            "Held outputs",
            "1 while outputs can't be delivered.",
            "short",
            (("max by (stage) (newswire_delivery_blocked)", "{{stage}}"),),
        ),
        Panel(
            "Commits",
            "Offset commits a second by result.",
            "reqps",
            ((rate("newswire_commits_total", "result"), "{{result}}"),),
        ),
        Panel(
            "Rebalances",
            "Rebalances within the interval, and partitions assigned.",
            "short",
            (
                ("sum(increase(newswire_rebalances_total[$__rate_interval]))", "rebalances"),
                ("sum by (topic) (newswire_partitions)", "{{topic}}"),
            ),
        ),
    ),
)

DEDUP = Board(
    "newswire-dedup",
    "newswire / dedup",
    "What repeats, and the index behind the decision.",
    (
        Panel(
            "Outcomes",
            "Unique, updates and duplicates a second.",
            "reqps",
            (
                (
                    f'sum by (outcome) (rate(newswire_articles_total{{stage="dedup"}}{RATE}))',
                    "{{outcome}}",
                ),
            ),
        ),
        Panel(
            "Share of duplicates",
            "Of the raw articles that were decided.",
            "percentunit",
            (
                (
                    (
                        f'sum(rate(newswire_articles_total{{outcome="duplicate"}}{RATE}))'
                        f' / sum(rate(newswire_articles_total{{stage="dedup"}}{RATE}))'
                    ),
                    "duplicates",
                ),
            ),
        ),
        Panel(
            "Relations",
            "Articles a second by their closest relation to an earlier one.",
            "reqps",
            ((rate("newswire_dedup_relations_total", "relation"), "{{relation}}"),),
        ),
        Panel(
            "Index",
            "Memory of the index by worker.",
            "bytes",
            (("sum by (instance) (newswire_dedup_index_bytes)", "{{instance}}"),),
        ),
        Panel(
            "Articles in the index",
            "How many it can compare with, by worker.",
            "short",
            (("max by (instance) (newswire_dedup_index_articles)", "{{instance}}"),),
        ),
        Panel(
            "Window",
            "From the oldest article that the index can still find to the latest.",
            "s",
            (("max by (instance) (newswire_dedup_window_seconds)", "{{instance}}"),),
        ),
        Panel(
            "Candidates",
            "Earlier articles that an article was compared with: mean, and 99 of 100.",
            "short",
            (
                (mean("newswire_dedup_candidates"), "mean"),
                (quantile(0.99, "newswire_dedup_candidates"), "p99"),
            ),
        ),
        Panel(
            "Waiting for the log",
            "From append to decision, 99 of 100 batches.",
            "s",
            (
                (
                    (
                        "histogram_quantile(0.99, sum by (le)"
                        f" (rate(newswire_fingerprint_log_wait_seconds_bucket{RATE})))"
                    ),
                    "p99",
                ),
            ),
        ),
        Panel(
            "Log position",
            "Offset to which each worker has read the log.",
            "short",
            (("max by (instance) (newswire_fingerprint_log_offset)", "{{instance}}"),),
        ),
    ),
)

ROUTES = Board(
    "newswire-routes",
    "newswire / routes",
    "The standing routes and what they catch.",
    (
        Panel(
            "Routed and unrouted",
            "Articles a second.",
            "reqps",
            (
                (
                    f'sum by (outcome) (rate(newswire_articles_total{{stage="route"}}{RATE}))',
                    "{{outcome}}",
                ),
            ),
        ),
        Panel(
            "Share unrouted",
            "Of the last hour and of the last day.",
            "percentunit",
            (
                ("newswire:unrouted:ratio1h", "hour"),
                ("newswire:unrouted:ratio1d", "day"),
            ),
        ),
        Panel(
            "Streams of an article",
            "Mean number of streams that get an article.",
            "short",
            ((mean("newswire_routes_per_article"), "streams"),),
        ),
        Panel(
            "Version of the table",
            "Offset of news.routes that each worker has read.",
            "short",
            (("max by (instance) (newswire_routes_offset)", "{{instance}}"),),
        ),
        Panel(
            "Standing routes",
            "Routes from the topic, besides the built-in ones.",
            "short",
            (("max(newswire_routes)", "routes"),),
            "stat",
        ),
    ),
)


def _burn(metric: str) -> tuple[Query, ...]:
    return tuple((f"newswire:{metric}:ratio{w}", w) for w in ("5m", "1h", "6h", "3d"))


SLO = Board(
    "newswire-slo",
    "newswire / SLO",
    "Freshness: 99 % within 5 s. Correctness: dead letters under 0.1 %.",
    (
        Panel(
            "Fresh now",
            "Share of articles within 5 s over the interval.",
            "percentunit",
            ((f"sum(rate({FRESH}{RATE})) / sum(rate({FRESH_ALL}{RATE}))", "fresh"),),
            "stat",
        ),
        Panel(
            "Late articles",
            "Error ratio by window; the objective allows 1 %.",
            "percentunit",
            _burn("freshness_errors"),
        ),
        Panel(
            "Dead letters",
            "Error ratio by window; the objective allows 0.1 %.",
            "percentunit",
            _burn("dead_letter_errors"),
        ),
    ),
)

BOARDS = (OVERVIEW, STAGES, KAFKA, DEDUP, ROUTES, SLO)
