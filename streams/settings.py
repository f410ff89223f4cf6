"""The catalogue of settings: every environment variable with its unit, default and range."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "NEWSWIRE_"


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

    bootstrap: str = "127.0.0.1:9092"
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
