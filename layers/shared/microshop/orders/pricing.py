"""Computes the charges of an order: shipping, tax and total. All amounts are in minor units."""

from microshop.values import Value


class Terms(Value):
    """The shop's terms: a flat shipping fee, the subtotal from which shipping is free, and the tax rate.

    If that subtotal is None, shipping is never free. The tax rate is in basis points: 1900 is 19 %.
    """

    shipping_fee_minor: int
    free_shipping_from_minor: int | None
    tax_rate_basis_points: int


class Charges(Value):
    """The charges of an order; `tax_minor` is part of `total_minor`."""

    subtotal_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int


def compute_charges(subtotal_minor: int, terms: Terms) -> Charges:
    """Returns the charges for goods of `subtotal_minor`. Half a minor unit of tax is rounded up."""
    waived = terms.free_shipping_from_minor is not None and subtotal_minor >= terms.free_shipping_from_minor
    shipping = 0 if waived else terms.shipping_fee_minor
    total = subtotal_minor + shipping
    gross = 10_000 + terms.tax_rate_basis_points
    tax = (2 * total * terms.tax_rate_basis_points + gross) // (2 * gross)
    return Charges(subtotal_minor, shipping, tax, total)
