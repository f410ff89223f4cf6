"""Settings become client options; what is missing is named, secrets are not shown."""

from pathlib import Path
from typing import Any

import pytest

from streams.kafka.security import aiokafka_options, kafka_python_options
from streams.settings import SettingsError, load

SASL: dict[str, Any] = {"security_protocol": "SASL_PLAINTEXT", "sasl_username": "desk"}


def test_plain_needs_nothing_more() -> None:
    options = kafka_python_options(load(bootstrap="a:1, b:2"))
    assert options == {"bootstrap_servers": ["a:1", "b:2"], "security_protocol": "PLAINTEXT"}


def test_password_file_first_line_counts(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("p4ss\nmore\n")
    options = aiokafka_options(load(**SASL, sasl_password_file=file))
    assert options["sasl_plain_password"] == "p4ss"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"security_protocol": "SASL_SSL"}, "NEWSWIRE_SASL_USERNAME"),
        (SASL, "NEWSWIRE_SASL_PASSWORD"),
        (SASL | {"sasl_password_file": "/nowhere"}, "NEWSWIRE_SASL_PASSWORD_FILE"),
        ({"security_protocol": "SSL", "ssl_ca_file": "/nowhere"}, "/nowhere"),
    ],
)
def test_what_is_missing_is_named(values: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        aiokafka_options(load(**values))


def test_the_password_is_not_in_the_settings_text() -> None:
    assert "p4ss" not in repr(load(**SASL, sasl_password="p4ss"))
