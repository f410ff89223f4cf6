"""The catalogue of settings: every environment variable with its unit, default and range."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "NEWSWIRE_"
_SERVER = r"(\w+://)?(\[[0-9a-fA-F:]+\]|[^\s,:/\[\]]+)(:\d{1,5})?"
_SERVERS = rf"^\s*{_SERVER}(\s*,\s*{_SERVER})*\s*$"


class SettingsError(ValueError):
    """A bad value in the environment; the message names the variable and what it takes."""


def _unit(unit: str) -> dict[str, Any]:
    return {"unit": unit}


class Settings(BaseSettings):
    """All settings; the environment variable is `NEWSWIRE_` + the name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    max_record_bytes: Annotated[
        int, Field(ge=1_000, le=100_000_000, json_schema_extra=_unit("bytes"))
    ] = 2_000_000
    """A raw record over this is a dead letter (`too_large`)."""

    batch_records: Annotated[int, Field(ge=1, le=10_000, json_schema_extra=_unit("records"))] = 256
    """At most so many records in one batch."""

    topic_prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{0,60}$")] = ""
    """Put before every topic name and group id: a shadow pipeline beside the live one."""

    topic_partitions: Annotated[
        int, Field(ge=1, le=1_000, json_schema_extra=_unit("partitions"))
    ] = 6
    """Partitions of the topics that `newswire topics create` makes: the most workers at work."""

    topic_replication: Annotated[int, Field(ge=0, le=9, json_schema_extra=_unit("copies"))] = 0
    """Copies of each topic's data; 0 takes one a broker, at most 3."""

    topic_retention_hours: Annotated[
        int, Field(ge=1, le=87_600, json_schema_extra=_unit("hours"))
    ] = 168
    """How long raw articles and streams stay; replay and audit reach back so far."""

    dlq_retention_hours: Annotated[
        int, Field(ge=1, le=87_600, json_schema_extra=_unit("hours"))
    ] = 720
    """How long dead letters, and the record of what was done with them, stay."""

    create_output_topics: bool = True
    """Whether the topic of a new route is created when it is missing."""

    log_format: Literal["text", "json"] = "text"
    """Log lines for people, or one JSON object a line."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Log what is at least so serious."""

    gazetteer: Path | None = None
    """A gazetteer of your own for the entity tagger: CSV (name,type,id,aliases) or a built file."""

    bootstrap: Annotated[str, Field(pattern=_SERVERS)] = "127.0.0.1:9092"
    """Kafka's bootstrap servers, host:port with commas between."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How to talk to the brokers."""

    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """SASL mechanism, used when the protocol has SASL."""

    sasl_username: str | None = None
    """SASL user name."""

    sasl_password: SecretStr | None = None
    """SASL password; never printed."""

    sasl_password_file: Path | None = None
    """A file whose first line is the SASL password (instead of the variable)."""

    ssl_ca_file: Path | None = None
    """PEM file of the authorities that sign the brokers' certificates."""

    ssl_cert_file: Path | None = None
    """PEM file of our certificate, for mutual TLS."""

    ssl_key_file: Path | None = None
    """PEM file of our private key, for mutual TLS."""

    group: str = "newswire"
    """Consumer group of the workers."""

    instance_id: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{0,200}$")] = ""
    """A worker's name that outlives a crash (static membership): back within `session_timeout`
    it keeps its partitions without a rebalance. No two workers may have the same."""

    leave_on_stop: bool = True
    """Whether SIGTERM gives the partitions to the other workers at once; else those of a worker
    with an `instance_id` wait for its return."""

    batch_bytes: Annotated[
        int, Field(ge=10_000, le=100_000_000, json_schema_extra=_unit("bytes"))
    ] = 4_000_000
    """At most so many bytes of values in one batch (a larger record is a batch alone)."""

    commit_interval: Annotated[float, Field(ge=0.05, le=60, json_schema_extra=_unit("seconds"))] = (
        1.0
    )
    """Time between offset commits; a killed worker repeats at most so much."""

    session_timeout: Annotated[float, Field(ge=3, le=300, json_schema_extra=_unit("seconds"))] = (
        10.0
    )
    """A worker that is silent for so long loses its partitions."""

    rebalance_timeout: Annotated[float, Field(ge=5, le=600, json_schema_extra=_unit("seconds"))] = (
        30.0
    )
    """How long a rebalance waits for a worker to finish what is in hand."""

    fetch_wait: Annotated[float, Field(ge=0.001, le=5, json_schema_extra=_unit("seconds"))] = 0.1
    """How long a broker holds a fetch that finds nothing; bounds the latency of quiet topics."""

    stage_timeout: Annotated[float, Field(ge=0.1, le=3600, json_schema_extra=_unit("seconds"))] = (
        60.0
    )
    """A stage that takes longer over a batch is stopped and tries record by record."""

    stage_mode: Literal["process", "thread"] = "process"
    """Where stages compute: in a child process that can be stopped, or in a thread."""

    linger: Annotated[float, Field(ge=0, le=5, json_schema_extra=_unit("seconds"))] = 0.0
    """How long the producer waits for more records to send together."""

    max_output_bytes: Annotated[
        int, Field(ge=1_000, le=100_000_000, json_schema_extra=_unit("bytes"))
    ] = 10_500_000
    """An output over this makes its record a dead letter (`output_too_large`)."""

    delivery_timeout: Annotated[float, Field(ge=1, le=3600, json_schema_extra=_unit("seconds"))] = (
        60.0
    )
    """Deliveries older than this turn /ready off and are reported; they are still tried."""

    unknown_topic_grace: Annotated[
        float, Field(ge=0.1, le=3600, json_schema_extra=_unit("seconds"))
    ] = 10.0
    """How long an output stream's topic may be missing before its records are dead letters."""

    shutdown_timeout: Annotated[float, Field(ge=1, le=600, json_schema_extra=_unit("seconds"))] = (
        20.0
    )
    """How long SIGTERM waits for what is in hand."""

    breaker_ratio: Annotated[float, Field(gt=0, le=1, json_schema_extra=_unit("ratio"))] = 0.5
    """The breaker opens when so large a part of the window became dead letters."""

    breaker_window: Annotated[
        int, Field(ge=10, le=1_000_000, json_schema_extra=_unit("records"))
    ] = 1_000
    """The last records that the breaker's ratio looks at; it needs a fifth of them to judge."""

    breaker_consecutive: Annotated[
        int, Field(ge=1, le=1_000_000, json_schema_extra=_unit("records"))
    ] = 300
    """The breaker opens at so many dead letters in a row."""

    breaker_retry: Annotated[
        float, Field(ge=0.1, le=86_400, json_schema_extra=_unit("seconds"))
    ] = 300.0
    """How long the breaker stays open before it probes with one batch."""

    state_dir: Path | None = None
    """Folder for small state of workers (attempts, health); default in XDG_STATE_HOME."""

    snapshots: bool = True
    """Whether workers keep snapshots of the dedup index on disk, so that a restart is short."""

    snapshot_dir: Path | None = None
    """Folder for the snapshots, some 350 bytes an article of the window; default in state_dir."""

    snapshot_every: Annotated[
        int, Field(ge=1_000, le=1_000_000, json_schema_extra=_unit("articles"))
    ] = 450_000
    """A snapshot has the log up to its last multiple of so many; the same for all workers."""

    web_host: str = "127.0.0.1"
    """Address of /metrics, /live and /ready."""

    web_port: Annotated[int, Field(ge=0, le=65_535, json_schema_extra=_unit("port"))] = 6066
    """Port of /metrics, /live and /ready; 0 takes a free one."""

    @property
    def group_id(self) -> str:
        """The consumer group on the broker: prefix and group."""
        return self.topic_prefix + self.group

    def topic(self, name: str) -> str:
        """The name on the broker of one of our topics."""
        return self.topic_prefix + name


def load(**overrides: Any) -> Settings:
    """The settings from the environment.

    Raises:
        SettingsError: a value is out of range or of the wrong type.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = [
            f"{PREFIX}{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()
        ]
        raise SettingsError("; ".join(problems)) from None


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return load()
