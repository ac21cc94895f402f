"""The root certificates of the layer are valid, and functions read only those of their region."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from microshop.platform import tls
from microshop.platform.settings import Roots
from tests.support.table_rows import wrong_answers

_FOLDER = Path(tls.__file__).with_name("certificates")
_FILES = sorted(_FOLDER.glob("*.pem"))
_REGIONS = [file.stem.removeprefix("rds-") for file in _FILES if file.stem != "amazon"]
_AMAZON = {f"Amazon Root CA {number}" for number in range(1, 5)} | {
    "Starfield Services Root Certificate Authority - G2"
}

# Starfield's root of 2009 has the serial number 0, which cryptography warns about.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number:Warning")


@pytest.fixture(autouse=True)
def _no_context_of_another_test() -> None:
    tls.context.cache_clear()


def _certificates(file: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(file.read_bytes())


def _all_certificates() -> list[x509.Certificate]:
    return [certificate for file in _FILES for certificate in _certificates(file)]


def _names(file: Path) -> set[str]:
    return {
        str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        for certificate in _certificates(file)
    }


def test_every_certificate_is_a_root_that_strict_verification_accepts() -> None:
    def is_root(certificate: x509.Certificate) -> bool:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        certificate.verify_directly_issued_by(certificate)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        return constraints.critical and constraints.value.ca and usage.key_cert_sign

    assert len(_FILES) > 20
    assert wrong_answers(is_root, [(certificate, True) for certificate in _all_certificates()]) == []


def test_every_certificate_is_good_for_another_year() -> None:
    now = datetime.now(UTC)

    ending = [
        (certificate.subject.rfc4514_string(), f"{certificate.not_valid_after_utc:%Y-%m-%d}")
        for certificate in _all_certificates()
        if not certificate.not_valid_before_utc < now < certificate.not_valid_after_utc - timedelta(days=365)
    ]

    assert ending == []


def test_region_has_its_own_roots_of_every_kind_and_no_other() -> None:
    def roots_of(region: str) -> set[str]:
        return {f"Amazon RDS {region} Root CA {kind} G1" for kind in ("RSA2048", "RSA4096", "ECC384")}

    found = {region: _names(_FOLDER / f"rds-{region}.pem") for region in _REGIONS}

    assert {region: names for region, names in found.items() if names != roots_of(region)} == {}


def test_amazon_file_has_the_roots_of_amazon_trust_services() -> None:
    assert _names(_FOLDER / "amazon.pem") == _AMAZON


def test_tls_context_of_a_region_trusts_only_its_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusted(region: str) -> tuple[set[bytes], ssl.VerifyMode, bool]:
        monkeypatch.setenv("AWS_REGION", region)
        tls.context.cache_clear()
        context = tls.context(Roots.RDS)
        return set(context.get_ca_certs(binary_form=True)), context.verify_mode, context.check_hostname

    def roots_of(region: str) -> set[bytes]:
        return {each.public_bytes(Encoding.DER) for each in _certificates(_FOLDER / f"rds-{region}.pem")}

    assert wrong_answers(trusted, [(region, (roots_of(region), ssl.CERT_REQUIRED, True)) for region in _REGIONS]) == []


def test_tls_context_of_amazon_trusts_only_its_roots() -> None:
    assert len(tls.context(Roots.AMAZON).get_ca_certs()) == len(_AMAZON)


def test_tls_context_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    assert tls.context(Roots.RDS) is tls.context(Roots.RDS)


def test_region_without_a_file_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "mars-north-1")

    with pytest.raises(tls.NoRootCertificates, match=r"'mars-north-1'.*tls=verify.*SSL_CERT_FILE"):
        tls.context(Roots.RDS)
