"""What addresses need in each country."""

# ruff: noqa: RUF001 - digits and letters of other scripts are meant

import pycountry
import pytest

from microshop.orders.countries import (
    check_phone,
    clean_phone,
    country_code,
    country_of,
    missing_part,
    normalise_postal_code,
)

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_countries_are_those_of_iso_3166() -> None:
    taken = set()
    for code in (first + second for first in _LETTERS for second in _LETTERS):
        try:
            taken.add(country_code(code))
        except ValueError:
            continue

    assert taken == {country.alpha_2 for country in pycountry.countries}


@pytest.mark.parametrize(("given", "code"), [("DE", "DE"), ("de", "DE"), (" gB ", "GB")])
def test_a_country_is_stored_in_capital_letters(given: str, code: str) -> None:
    assert country_code(given) == code


@pytest.mark.parametrize(
    ("given", "meant"),
    [("UK", "GB"), ("uk", "GB"), ("EL", "GR"), ("DD", "DE"), ("JA", "JP"), ("USA", "US"), ("deu", "DE"), ("GBR", "GB")],
)
def test_a_common_mistake_is_answered_with_the_right_code(given: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"\(ISO 3166-1\): {meant}, not {given.upper()}"):
        country_code(given)


@pytest.mark.parametrize("given", ["", "D", "XK", "ZZ", "EU", "ÄÖ", "D\nE", "D\t", "XXX", "Germany", "12", "# "])
def test_an_unknown_country_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="must be a country's two letters such as US"):
        country_code(given)


@pytest.mark.parametrize(
    ("country", "city", "region", "postal_code", "missing"),
    [
        ("HK", "Hong Kong", None, None, None),
        ("HK", None, "Kowloon", None, None),
        ("HK", None, None, None, "city"),
        ("JP", None, "東京都", "150-0001", None),
        ("JP", "Tokyo", None, None, "postal_code"),
        ("SG", None, None, "018956", None),
        ("AE", "Dubai", None, None, None),
        ("DE", "Berlin", None, "10115", None),
        ("DE", "Berlin", None, None, "postal_code"),
        ("DE", None, "Berlin", "10115", "city"),
        ("US", "Springfield", None, "62701", "region"),
        ("US", "Springfield", "IL", "62701", None),
        ("IE", "Cork", None, None, None),
    ],
)
def test_what_an_address_needs_depends_on_its_country(
    country: str, city: str | None, region: str | None, postal_code: str | None, missing: str | None
) -> None:
    found = missing_part(country_of(country), city=city, region=region, postal_code=postal_code)

    assert found == missing


@pytest.mark.parametrize(
    ("country", "given", "stored"),
    [
        ("DE", " 10115 ", "10115"),
        ("DE", "D-10115", "10115"),
        ("GB", "sw1y4jh", "SW1Y 4JH"),
        ("GB", "M2  5BQ", "M2 5BQ"),
        ("GB", "bfpo61", "BFPO 61"),
        ("NL", "1234ab", "1234 AB"),
        ("CA", "h3z-2y7", "H3Z 2Y7"),
        ("US", "62701", "62701"),
        ("US", "22162\u20131010", "22162-1010"),
        ("JP", "１５０−０００１", "150-0001"),
        ("PL", "00950", "00-950"),
        ("CZ", "10000", "100 00"),
        ("LV", "1010", "LV-1010"),
        ("IE", "A65F4E2", "A65 F4E2"),
        ("IE", "none", "NONE"),
        ("SV", "1101", "1101"),
        ("AE", "00000", "00000"),
    ],
)
def test_a_postal_code_is_stored_as_the_post_writes_it(country: str, given: str, stored: str) -> None:
    assert normalise_postal_code(given, country_of(country)) == stored
    assert normalise_postal_code(stored, country_of(country)) == stored


@pytest.mark.parametrize(
    ("country", "given"),
    [("DE", "1011"), ("DE", "101155"), ("DE", "ABCDE"), ("GB", "10115"), ("US", "6270"), ("CN", "x")],
)
def test_a_required_postal_code_of_another_form_is_refused(country: str, given: str) -> None:
    with pytest.raises(ValueError, match=f"must be a postal code of {country} such as "):
        normalise_postal_code(given, country_of(country))


@pytest.mark.parametrize(
    ("country", "phone"),
    [
        ("DE", "+49 30 5555 0100"),
        ("DE", "+49 (0)30 5555-0100"),
        ("DE", "0049 30 55550100"),
        ("DE", "030/5555 0100"),
        ("DE", "+44 20 5555 0100"),
        ("DE", "+383 44 555 010"),
        ("US", "(217) 555-0100"),
        ("US", "1-217-555-0100 ext. 12"),
        ("US", "+1 217.555.0100 x12"),
        ("IT", "+39 06 5555 0100"),
        ("HU", "06 1 555 0100"),
        ("AQ", "555 0100"),
    ],
)
def test_a_phone_number_may_be_international_or_of_the_country(country: str, phone: str) -> None:
    check_phone(clean_phone(phone), country_of(country))


@pytest.mark.parametrize(
    ("country", "phone"),
    [
        ("DE", "+49 30 1"),
        ("DE", "12"),
        ("DE", "call me"),
        ("DE", "0800 FLOWERS"),
        ("DE", "+"),
        ("DE", "+0 30 5555 0100"),
        ("DE", "+999 30 5555 0100"),
        ("DE", "+49 30 5555 0100 5555 0"),
        ("DE", "030 5555 0100; 030 5555 0101"),
        ("US", "555-0100"),
        ("US", "217 555 0100 0100"),
    ],
)
def test_a_phone_number_that_cannot_exist_is_refused(country: str, phone: str) -> None:
    with pytest.raises(ValueError, match=f"must be a phone number of {country}, or begin with "):
        check_phone(clean_phone(phone), country_of(country))


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("\u202a+49\u00a030 5555\u20110100\u202c", "+49 30 5555-0100"),
        ("۰۳۰ ۵۵۵۵۰۱۰۰", "030 55550100"),
        ("＋４９ ３０", "+49 30"),
    ],
    ids=ascii,
)
def test_a_phone_number_is_kept_in_ascii_digits(typed: str, clean: str) -> None:
    assert clean_phone(typed) == clean
