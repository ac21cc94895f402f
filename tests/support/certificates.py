"""A certification authority for tests, and TLS contexts with its certificates."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NO_USE = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


class Authority:
    """Issues certificates in a folder. `roots` is the file of trusted roots for clients.

    Certificates of a `lax` authority lack the key identifiers that RFC 5280 requires; its root has them.
    """

    def __init__(self, folder: Path, *, lax: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lax = lax
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority of {folder.name}")])
        self._certificate = self._signed(self._name, self._key.public_key(), authority=True, hosts=())
        self.roots = folder / "roots.pem"
        self.roots.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, *hosts: str) -> tuple[Path, Path]:
        """Issue a certificate for the host names or addresses. Returns the files of certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        certificate = self._signed(name, key.public_key(), authority=False, hosts=hosts)
        certificate_file, key_file = self._folder / f"{hosts[0]}.pem", self._folder / f"{hosts[0]}.key"
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file.touch(mode=0o600)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate_file, key_file

    def server_context(self, *hosts: str) -> ssl.SSLContext:
        """The TLS context of a server with these hosts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(*hosts))
        return context

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, authority: bool, hosts: tuple[str, ...]
    ) -> x509.Certificate:
        """Sign a certificate with the extensions of RFC 5280, which strict verification requires."""
        now = datetime.now(UTC)
        uses = {**_NO_USE, "key_cert_sign": authority, "crl_sign": authority, "digital_signature": not authority}
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**uses), critical=True)
        )
        if authority or not self._lax:
            issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
            builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            builder = builder.add_extension(issuer, critical=False)
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
