"""An authority and certificates for the tests of secured listeners, made anew each session."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey
HOST = ipaddress.ip_address("127.0.0.1")


@dataclass(frozen=True)
class Certificates:
    """PEM files: the authority, the broker's key + certificate, a client's, a stranger's CA."""

    authority: Path
    broker: Path
    client_key: Path
    client_certificate: Path
    stranger: Path


def make_certificates(folder: Path) -> Certificates:
    """All files in `folder`, valid for a day, for 127.0.0.1 and localhost."""
    ca_key, ca = _authority("newswire test CA")
    broker_key, broker = _leaf("broker", ca_key, ca)
    client_key, client = _leaf("client", ca_key, ca)
    made = Certificates(*(folder / n for n in ("ca.pem", "b.pem", "c.key", "c.pem", "other.pem")))
    made.authority.write_bytes(_pem(ca))
    made.broker.write_bytes(_key_pem(broker_key) + _pem(broker) + _pem(ca))
    made.client_key.write_bytes(_key_pem(client_key))
    made.client_certificate.write_bytes(_pem(client))
    made.stranger.write_bytes(_pem(_authority("stranger")[1]))
    return made


def _authority(name: str) -> tuple[Key, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, _builder(name, key).issuer_name(_name(name)).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    ).sign(key, hashes.SHA256())


def _leaf(name: str, ca_key: Key, ca: x509.Certificate) -> tuple[Key, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    hosts = x509.SubjectAlternativeName([x509.IPAddress(HOST), x509.DNSName("localhost")])
    signed = _builder(name, key).issuer_name(ca.subject).add_extension(hosts, critical=False)
    return key, signed.sign(ca_key, hashes.SHA256())


def _builder(name: str, key: Key) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
