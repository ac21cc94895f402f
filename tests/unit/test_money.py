"""Minor units inside, decimal strings outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.money import minor_digits, plain_amount, to_decimal, to_minor


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1999, "USD", "19.99"),
        (5, "USD", "0.05"),
        (0, "USD", "0.00"),
        (-1999, "USD", "-19.99"),
        (-5, "USD", "-0.05"),
        (500, "JPY", "500"),
        (-500, "JPY", "-500"),
        (1234, "KWD", "1.234"),
        (1, "KWD", "0.001"),
    ],
)
def test_an_amount_is_shown_with_its_currencys_digits(minor: int, currency: str, shown: str) -> None:
    assert to_decimal(minor, currency) == shown


@pytest.mark.parametrize("currency", ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
def test_currency_has_three_digits_when_its_unit_has_a_thousand_parts(currency: str) -> None:
    assert minor_digits(currency) == 3  # ISO 4217


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("19.99", "USD", 1999),
        ("19.9", "USD", 1990),
        ("19", "USD", 1900),
        ("0", "USD", 0),
        ("007", "USD", 700),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("999999999999.99", "USD", 99_999_999_999_999),
    ],
)
def test_an_amount_is_read_into_minor_units(text: str, currency: str, minor: int) -> None:
    assert to_minor(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    [
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
    ],
)
def test_what_is_not_a_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be an amount"):
        to_minor(text, "USD")


@pytest.mark.parametrize(("text", "currency"), [("1.999", "USD"), ("1.5", "JPY"), ("1.0", "JPY")])
def test_an_amount_finer_than_the_currencys_minor_unit_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimal digits"):
        to_minor(text, currency)


@given(st.integers(0, 10**12 - 1), st.sampled_from(["USD", "JPY", "KWD"]))
def test_what_is_shown_is_read_back_as_the_same_amount(minor: int, currency: str) -> None:
    assert to_minor(to_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
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
    ],
)
def test_an_amount_may_be_sent_as_text_or_as_a_number(sent: str | float, amount: str) -> None:
    assert plain_amount(sent) == amount


@given(st.integers(0, 10**12 - 1), st.sampled_from(["USD", "JPY", "KWD"]))
def test_a_number_is_the_amount_that_it_is_written_as(minor: int, currency: str) -> None:
    written = to_decimal(minor, currency)

    assert to_minor(plain_amount(float(written)), currency) == minor


@pytest.mark.parametrize(
    "sent", [-1, -0.0, -19.9, 1e12, 10**15, 10**30, 1e-4, 19.9999, 1e300, float("inf"), float("nan"), "", "-1"]
)
def test_a_number_that_is_no_plain_decimal_is_refused(sent: str | float) -> None:
    with pytest.raises(ValueError, match="must be an amount"):
        plain_amount(sent)
