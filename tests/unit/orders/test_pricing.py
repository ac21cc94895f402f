"""Subtotal, shipping, tax and total of an order."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from microshop.orders.pricing import Terms, compute_charges
from microshop.products.product import MAX_PRICE_MINOR

# 50 lines of 999 units each.
_SUBTOTALS = st.integers(0, 50 * 999 * MAX_PRICE_MINOR)
_RATES = st.integers(0, 10_000)
_FEES = st.integers(0, 100_000)


def _terms(*, fee: int = 0, free_from: int | None = None, rate: int = 0) -> Terms:
    return Terms(fee, free_from, rate)


@given(_SUBTOTALS, _FEES, _RATES)
@example(subtotal=3, fee=0, rate=10_000)  # half of 3 is rounded up
@example(subtotal=1, fee=0, rate=10_000)
@example(subtotal=0, fee=0, rate=1900)
def test_tax_is_the_rates_share_of_the_total_rounded_half_up(subtotal: int, fee: int, rate: int) -> None:
    charges = compute_charges(subtotal, _terms(fee=fee, rate=rate))

    share = Decimal(subtotal + fee) * rate / (10_000 + rate)
    assert charges.tax_minor == int(share.quantize(Decimal(1), ROUND_HALF_UP))


@given(_SUBTOTALS, _FEES, st.none() | _SUBTOTALS, _RATES)
def test_total_is_goods_plus_shipping_and_includes_the_tax(
    subtotal: int, fee: int, free_from: int | None, rate: int
) -> None:
    charges = compute_charges(subtotal, _terms(fee=fee, free_from=free_from, rate=rate))

    assert charges.subtotal_minor == subtotal
    assert charges.shipping_minor in (0, fee)
    assert charges.total_minor == charges.subtotal_minor + charges.shipping_minor
    assert 0 <= charges.tax_minor <= charges.total_minor


@pytest.mark.parametrize(
    ("total", "rate", "tax"), [(11900, 1900, 1900), (10700, 700, 700), (5178, 2000, 863), (1, 1900, 0), (4, 1900, 1)]
)
def test_tax_is_included_in_the_total(total: int, rate: int, tax: int) -> None:
    charges = compute_charges(total, _terms(rate=rate))

    assert (charges.tax_minor, charges.total_minor) == (tax, total)


def test_shipping_is_taxed_like_the_goods() -> None:
    assert compute_charges(10_000, _terms(fee=1900, rate=1900)).tax_minor == 1900


@pytest.mark.parametrize(("subtotal", "shipping"), [(0, 490), (4999, 490), (5000, 0), (5001, 0)])
def test_shipping_is_free_from_the_threshold(subtotal: int, shipping: int) -> None:
    assert compute_charges(subtotal, _terms(fee=490, free_from=5000)).shipping_minor == shipping


def test_shipping_is_never_free_without_a_threshold() -> None:
    assert compute_charges(10**12, _terms(fee=490)).shipping_minor == 490


def test_tax_is_zero_without_a_rate() -> None:
    assert compute_charges(123_456, _terms(fee=490)).tax_minor == 0
