"""The tools over SASL and TLS, by the settings that the workers read; secrets stay unseen."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner, Result

from ops.broker.properties import Protocol
from streams.cli import main
from tests.conftest import SecureBroker

pytestmark = pytest.mark.kafka
Secured = Callable[..., Result]
one_way = pytest.mark.parametrize("secured", ["SASL_SSL/SCRAM-SHA-512"], indirect=True)


@pytest.fixture(params=["SASL_SSL/SCRAM-SHA-512", "SASL_SSL/PLAIN", "SSL/-"])
def secured(
    request: pytest.FixtureRequest,
    secure_broker: SecureBroker,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Secured:
    """A command with the whole security in the environment, changed by `overrides`."""
    protocol, _, mechanism = request.param.partition("/")
    made, password = secure_broker.certificates, tmp_path / "password"
    password.write_text(secure_broker.password + "\n")
    values = {
        "BOOTSTRAP": secure_broker.cluster.bootstrap_for(cast("Protocol", protocol)),
        "SECURITY_PROTOCOL": protocol,
        "SSL_CA_FILE": str(made.authority),
        "TOPIC_PREFIX": f"{protocol}-{mechanism}.".lower(),
    }
    if protocol == "SSL":
        values |= {"SSL_CERT_FILE": str(made.client_certificate)}
        values |= {"SSL_KEY_FILE": str(made.client_key)}
    else:
        values |= {"SASL_MECHANISM": mechanism, "SASL_USERNAME": secure_broker.user}
        values |= {"SASL_PASSWORD_FILE": str(password)}

    def run(*words: str, **overrides: str) -> Result:
        for name in [n for n in os.environ if n.startswith("NEWSWIRE_")]:
            monkeypatch.delenv(name)
        for name, value in (values | overrides).items():
            monkeypatch.setenv(f"NEWSWIRE_{name}", value)
        monkeypatch.setattr("ops.clients.WAIT_MS", 3_000)
        return CliRunner().invoke(main, list(words))

    return run


def test_tools_get_in(secured: Secured) -> None:
    for words in (["topics", "create"], ["topics", "check"], ["audit"], ["dlq", "stats"]):
        result = secured(*words)
        assert result.exit_code == 0, result.output
        assert "alice-secret" not in result.output


@one_way
def test_the_wrong_ones_stay_out(secured: Secured, secure_broker: SecureBroker) -> None:
    stranger = str(secure_broker.certificates.stranger)
    result = secured("topics", "list", SSL_CA_FILE=stranger)
    assert result.exit_code == 3, result.output
    assert "certificate verify failed" in result.output, "it says why"
    assert "alice-secret" not in result.output


@one_way
def test_a_wrong_password_stays_out(secured: Secured, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not-it")
    result = secured(
        "topics",
        "list",
        SECURITY_PROTOCOL="SASL_SSL",
        SASL_USERNAME="alice",
        SASL_PASSWORD_FILE=str(wrong),
    )
    assert result.exit_code == 3, result.output
    assert "uthentication" in result.output, "it says why"
    assert "not-it" not in result.output
