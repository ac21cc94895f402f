"""Codes are those of RFC 4226 and RFC 6238, and are accepted one step early or late."""

import urllib.parse

import pytest

from microshop.second_factor import totp

_SECRET = b"12345678901234567890"  # of both RFCs
_NOW = 1_760_000_000
_STEP = _NOW // 30


def test_codes_are_those_of_rfc_4226() -> None:
    expected = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"

    assert " ".join(totp.code_of(_SECRET, counter) for counter in range(10)) == expected


@pytest.mark.parametrize(
    ("time", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_code_is_that_of_rfc_6238(time: int, code: str) -> None:
    assert totp.code_of(_SECRET, totp.step_at(time), digits=8) == code


@pytest.mark.parametrize(("drift", "is_accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_code_is_accepted_one_step_early_or_late(drift: int, is_accepted: bool) -> None:
    code = totp.code_of(_SECRET, _STEP + drift)

    assert totp.matching_step(_SECRET, code, _NOW) == (_STEP + drift if is_accepted else None)


@pytest.mark.parametrize("code", ["", "000000", "١٢٣٤٥٦", "7" * 400])
def test_other_text_is_no_code(code: str) -> None:
    assert totp.matching_step(_SECRET, code, _NOW) is None


def test_first_steps_have_codes() -> None:
    assert totp.matching_step(_SECRET, "755224", 0) == 0


def test_uri_contains_what_an_app_needs() -> None:
    uri = totp.otpauth_uri(_SECRET, issuer="Tee & Kräuter", account="ada+till@example.com")

    parts = urllib.parse.urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert urllib.parse.unquote(parts.path) == "/Tee & Kräuter:ada+till@example.com"
    assert " " not in uri
    assert "+" not in parts.query  # some apps show it
    assert dict(urllib.parse.parse_qsl(parts.query)) == {
        "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "issuer": "Tee & Kräuter",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }


def test_every_secret_is_new_and_has_160_bits() -> None:
    assert {len(totp.new_secret()) for _ in range(50)} == {20}
    assert len({totp.new_secret() for _ in range(50)}) == 50
