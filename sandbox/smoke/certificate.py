"""A certificate that proves names which are not ours, to whoever is told to trust it alone, and for a day."""

import ipaddress
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def certify(hosts: Iterable[str], address: str, file: Path) -> ssl.SSLContext:
    """What serves under these names and at this address; `file`, in PEM, is what its clients trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [*map(x509.DNSName, sorted(hosts)), x509.IPAddress(ipaddress.ip_address(address))]
    trusted = _certificate(key, names).public_bytes(Encoding.PEM)
    file.write_bytes(trusted)
    both = file.with_name(f"{file.stem}-with-key{file.suffix}")
    both.write_bytes(trusted + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    both.unlink()
    return context


def _certificate(key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName]) -> x509.Certificate:
    """It signs itself, and has all that Python 3.13 looks for in one that does (VERIFY_X509_STRICT)."""
    itself = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the fake providers")])
    public, now = key.public_key(), datetime.now(UTC)
    return (
        x509.CertificateBuilder(itself, itself, public, x509.random_serial_number())
        .not_valid_before(now - HOUR)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(SIGNS, critical=True)
        .sign(key, SHA256())
    )
