"""Amounts in minor units and as decimal strings."""

from hypothesis import given
from hypothesis import strategies as st

from microshop.money import minor_digits, plain_amount, to_decimal, to_minor
from tests.support.table_rows import not_refused, wrong_answers


def test_amount_is_shown_with_the_digits_of_its_currency() -> None:
    rows = [
        (1999, "USD", "19.99"),
        (5, "USD", "0.05"),
        (0, "USD", "0.00"),
        (-1999, "USD", "-19.99"),
        (-5, "USD", "-0.05"),
        (500, "JPY", "500"),
        (-500, "JPY", "-500"),
        (1234, "KWD", "1.234"),
        (1, "KWD", "0.001"),
    ]

    assert wrong_answers(to_decimal, rows) == []


def test_currency_has_three_digits_when_its_unit_has_a_thousand_parts() -> None:
    of_a_thousand = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]  # ISO 4217

    assert {currency: minor_digits(currency) for currency in of_a_thousand} == dict.fromkeys(of_a_thousand, 3)


def test_amount_is_read_in_minor_units() -> None:
    rows = [
        ("19.99", "USD", 1999),
        ("19.9", "USD", 1990),
        ("19", "USD", 1900),
        ("0", "USD", 0),
        ("007", "USD", 700),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("999999999999.99", "USD", 99_999_999_999_999),
    ]

    assert wrong_answers(to_minor, rows) == []


def test_text_is_refused_when_it_is_not_a_plain_decimal() -> None:
    texts = [
        "",
        " ",
        "-1",
        "+1",
        "1.",
        ".5",
        "1,50",
        "1e3",
        "0x10",
        "NaN",
        "Infinity",
        "1_000",
        "19.99 ",
        "١٢",
        "1234567890123",
        "1\n",
    ]

    assert not_refused(lambda text: to_minor(text, "USD"), texts, "must be an amount") == []


def test_amount_is_refused_when_finer_than_the_minor_unit() -> None:
    rows = [("1.999", "USD"), ("1.5", "JPY"), ("1.0", "JPY")]

    assert not_refused(to_minor, rows, "decimal digits") == []


@given(st.integers(0, 10**12 - 1), st.sampled_from(["USD", "JPY", "KWD"]))
def test_shown_amount_is_read_back_unchanged(minor: int, currency: str) -> None:
    assert to_minor(to_decimal(minor, currency), currency) == minor


def test_amount_may_be_sent_as_text_or_number() -> None:
    rows: list[tuple[str | float, str]] = [
        ("19.90", "19.90"),
        ("007", "007"),
        (19.9, "19.9"),
        (19.99, "19.99"),
        (0.1 + 0.2, "0.3"),
        (20, "20"),
        (0, "0"),
        (0.0, "0"),
        (0.001, "0.001"),
        (999_999_999_999, "999999999999"),
        (999_999_999_999.999, "999999999999.999"),
    ]

    assert wrong_answers(plain_amount, rows) == []


@given(st.integers(0, 10**12 - 1), st.sampled_from(["USD", "JPY", "KWD"]))
def test_number_is_the_amount_of_its_decimal_form(minor: int, currency: str) -> None:
    written = to_decimal(minor, currency)

    assert to_minor(plain_amount(float(written)), currency) == minor


def test_number_is_refused_when_it_is_not_a_plain_decimal() -> None:
    numbers = [-1, -0.0, -19.9, 1e12, 10**15, 10**30, 1e-4, 19.9999, 1e300, float("inf"), float("nan"), "", "-1"]

    assert not_refused(plain_amount, numbers, "must be an amount") == []
