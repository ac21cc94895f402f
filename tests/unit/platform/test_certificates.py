"""The root certificates in the layer are what they say, and one region's are all that its functions read."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from microshop.platform import tls
from microshop.platform.settings import Roots

_FOLDER = Path(tls.__file__).with_name("certificates")
_FILES = sorted(_FOLDER.glob("*.pem"))
_REGIONS = [file.stem.removeprefix("rds-") for file in _FILES if file.stem != "amazon"]
_AMAZON = {f"Amazon Root CA {number}" for number in range(1, 5)} | {
    "Starfield Services Root Certificate Authority - G2"
}

# Starfield's root of 2009 has the serial number 0, which its successor's would not.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number:Warning")


@pytest.fixture(autouse=True)
def _no_context_of_another_test() -> None:
    tls.context.cache_clear()


def _certificates(file: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(file.read_bytes())


def _names(file: Path) -> set[str]:
    return {
        str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        for certificate in _certificates(file)
    }


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_every_certificate_is_a_root_that_strict_verification_accepts(file: Path) -> None:
    for certificate in _certificates(file):
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.critical
        assert constraints.value.ca
        assert certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
        assert certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        certificate.verify_directly_issued_by(certificate)


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_every_certificate_is_good_for_another_year(file: Path) -> None:
    now = datetime.now(UTC)

    for certificate in _certificates(file):
        assert certificate.not_valid_before_utc < now
        assert certificate.not_valid_after_utc > now + timedelta(days=365)


@pytest.mark.parametrize("region", _REGIONS)
def test_a_region_has_its_own_roots_of_every_kind_and_no_other(region: str) -> None:
    kinds = ("RSA2048", "RSA4096", "ECC384")

    assert _names(_FOLDER / f"rds-{region}.pem") == {f"Amazon RDS {region} Root CA {kind} G1" for kind in kinds}


def test_amazons_other_servers_have_those_of_amazon_trust_services() -> None:
    assert _names(_FOLDER / "amazon.pem") == _AMAZON


@pytest.mark.parametrize("region", _REGIONS)
def test_a_regions_context_trusts_its_roots_alone(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", region)

    context = tls.context(Roots.RDS)

    trusted = {certificate["notAfter"] for certificate in context.get_ca_certs()}
    assert len(context.get_ca_certs()) == len(trusted) == 3
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_amazons_context_trusts_its_roots_alone() -> None:
    assert len(tls.context(Roots.AMAZON).get_ca_certs()) == len(_AMAZON)


def test_a_context_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    assert tls.context(Roots.RDS) is tls.context(Roots.RDS)


def test_a_region_without_a_file_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "mars-north-1")

    with pytest.raises(tls.NoRoots, match=r"'mars-north-1'.*tls=verify.*SSL_CERT_FILE"):
        tls.context(Roots.RDS)
