"""Countries: required address parts, postal codes and phone numbers."""

# ruff: noqa: RUF001 - digits and letters of other scripts are meant

from functools import partial

import pycountry

from microshop.orders.countries import (
    check_phone,
    country_code,
    country_of,
    missing_part,
    normalise_phone,
    normalise_postal_code,
)
from tests.support.table_rows import not_refused, wrong_answers

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _check_phone(country: str, phone: str) -> None:
    check_phone(normalise_phone(phone), country_of(country))


def test_countries_are_those_of_iso_3166() -> None:
    taken = set()
    for code in (first + second for first in _LETTERS for second in _LETTERS):
        try:
            taken.add(country_code(code))
        except ValueError:
            continue

    assert taken == {country.alpha_2 for country in pycountry.countries}


def test_country_is_stored_in_capital_letters() -> None:
    assert wrong_answers(country_code, [("DE", "DE"), ("de", "DE"), (" gB ", "GB")]) == []


def test_common_mistake_in_a_country_is_refused_with_the_right_code() -> None:
    meant = {"UK": "GB", "uk": "GB", "EL": "GR", "DD": "DE", "JA": "JP", "USA": "US", "deu": "DE", "GBR": "GB"}

    wrong = [
        line
        for given, code in meant.items()
        for line in not_refused(country_code, [given], f"(ISO 3166-1): {code}, not {given.upper()}")
    ]

    assert wrong == []


def test_country_is_refused_when_it_is_unknown() -> None:
    unknown = ["", "D", "XK", "ZZ", "EU", "ÄÖ", "D\nE", "D\t", "XXX", "Germany", "12", "# "]

    assert not_refused(country_code, unknown, "must be a two-letter country code such as US") == []


def test_address_needs_the_parts_that_its_country_uses() -> None:
    rows = [
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
    ]

    def missing(country: str, city: str | None, region: str | None, postal_code: str | None) -> str | None:
        return missing_part(country_of(country), city=city, region=region, postal_code=postal_code)

    assert wrong_answers(missing, rows) == []


def test_postal_code_is_stored_as_the_post_writes_it() -> None:
    rows = [
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
    ]

    def stored(country: str, given: str) -> str:
        return normalise_postal_code(given, country_of(country))

    assert wrong_answers(stored, rows) == []
    assert wrong_answers(stored, [(country, code, code) for country, _, code in rows]) == []


def test_postal_code_is_refused_when_its_country_writes_it_otherwise() -> None:
    rows = [("DE", "1011"), ("DE", "101155"), ("DE", "ABCDE"), ("GB", "10115"), ("US", "6270"), ("CN", "x")]

    wrong = [
        line
        for country, given in rows
        for line in not_refused(
            lambda given, country=country: normalise_postal_code(given, country_of(country)),
            [given],
            f"must be a postal code of {country} such as ",
        )
    ]

    assert wrong == []


def test_phone_number_may_be_international_or_of_the_country() -> None:
    rows = [
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
    ]

    assert wrong_answers(_check_phone, [(*row, None) for row in rows]) == []


def test_phone_number_is_refused_when_it_cannot_exist() -> None:
    german = [
        "+49 30 1",
        "12",
        "call me",
        "0800 FLOWERS",
        "+",
        "+0 30 5555 0100",
        "+999 30 5555 0100",
        "+49 30 5555 0100 5555 0",
        "030 5555 0100; 030 5555 0101",
    ]
    american = ["555-0100", "217 555 0100 0100"]

    assert not_refused(partial(_check_phone, "DE"), german, "must be a phone number of DE, or begin with ") == []
    assert not_refused(partial(_check_phone, "US"), american, "must be a phone number of US, or begin with ") == []


def test_phone_number_is_kept_in_ascii_digits() -> None:
    rows = [
        ("\u202a+49\u00a030 5555\u20110100\u202c", "+49 30 5555-0100"),
        ("۰۳۰ ۵۵۵۵۰۱۰۰", "030 55550100"),
        ("＋４９ ３０", "+49 30"),
    ]

    assert wrong_answers(normalise_phone, rows) == []
