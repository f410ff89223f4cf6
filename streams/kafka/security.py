"""How our clients authenticate: one reading of the settings for workers and ops tools alike."""

import ssl
from pathlib import Path
from typing import Any

from streams.settings import Settings, SettingsError


def aiokafka_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for aiokafka's clients; the password is in them: never log.

    Raises:
        SettingsError: SASL without user or password, or a file that cannot be read.
    """
    options: dict[str, Any] = {"security_protocol": settings.security_protocol}
    if "SSL" in settings.security_protocol:
        options["ssl_context"] = tls_context(settings)
    return options | _sasl(settings)


def kafka_python_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for kafka-python's clients, `bootstrap_servers` included: never log.

    Raises:
        SettingsError: SASL without user or password, or a file that cannot be read.
    """
    servers = [server.strip() for server in settings.bootstrap.split(",")]
    return {"bootstrap_servers": servers} | aiokafka_options(settings)


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS that verifies the broker's name; with our certificate if one is set.

    Raises:
        SettingsError: a file is missing or is no PEM.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ssl_ca_file)
        if settings.ssl_cert_file:
            context.load_cert_chain(settings.ssl_cert_file, settings.ssl_key_file)
    except OSError as error:
        files = (settings.ssl_ca_file, settings.ssl_cert_file, settings.ssl_key_file)
        raise SettingsError(f"TLS files {[str(f) for f in files if f]}: {error}") from error
    return context


def password(settings: Settings) -> str:
    """The SASL password from its variable or its file.

    Raises:
        SettingsError: neither is set, or the file cannot be read.
    """
    if settings.sasl_password is not None:
        return settings.sasl_password.get_secret_value()
    if settings.sasl_password_file is None:
        raise SettingsError("NEWSWIRE_SASL_PASSWORD or NEWSWIRE_SASL_PASSWORD_FILE is not set")
    return _first_line(settings.sasl_password_file)


def _sasl(settings: Settings) -> dict[str, Any]:
    if "SASL" not in settings.security_protocol:
        return {}
    if not settings.sasl_username:
        raise SettingsError("NEWSWIRE_SASL_USERNAME is not set")
    return {
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": password(settings),
    }


def _first_line(file: Path) -> str:
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"NEWSWIRE_SASL_PASSWORD_FILE: {error}") from error
    if not lines or not lines[0]:
        raise SettingsError(f"NEWSWIRE_SASL_PASSWORD_FILE: the first line of {file} is empty")
    return lines[0]
