"""Product details from an admin's request."""

import pytest

from microshop.errors import InvalidInput
from microshop.payments.providers import charge_limits
from microshop.products.product import MAX_PRICE_MINOR, MAX_SKU_LENGTH, ManagedProduct
from microshop.products.schemas import CreateProductRequest, UpdateProductRequest
from tests.support.product_builders import a_product, a_product_body, some_details
from tests.support.table_rows import wrong_answers


def _created(*, price: object = "19.99", sku: str | None = "K-1") -> CreateProductRequest:
    given = {"name": "Kettle", "price": price, **({"sku": sku} if sku else {})}
    return CreateProductRequest.model_validate(given)


def test_details_are_those_of_the_request() -> None:
    sent = UpdateProductRequest(**a_product_body(price="19.9", low_stock_threshold=7))

    assert sent.details("USD") == some_details(price_minor=1990, low_stock_threshold=7)


def test_price_is_kept_in_minor_units() -> None:
    rows: list[tuple[object, str, int]] = [
        ("0", "USD", 0),
        (19.9, "USD", 1990),
        (20, "USD", 2000),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
    ]

    def kept(price: object, currency: str) -> int:
        return _created(price=price).details(currency).price_minor

    assert wrong_answers(kept, rows) == []


@pytest.mark.parametrize(("price", "currency"), [("1.999", "USD"), ("1.5", "JPY"), (0.001, "USD")])
def test_price_is_refused_when_finer_than_the_minor_unit(price: object, currency: str) -> None:
    with pytest.raises(InvalidInput, match=f"price: {currency} has . decimal digits"):
        _created(price=price).details(currency)


@pytest.mark.parametrize(("price", "currency", "step"), [("1.234", "KWD", "0.010 KWD"), ("19.99", "MGA", "1.00 MGA")])
def test_price_is_refused_when_no_card_can_be_charged_it(price: str, currency: str, step: str) -> None:
    with pytest.raises(InvalidInput, match=f"price: must be a multiple of {step}"):
        _created(price=price).details(currency, charge_limits("stripe", currency))


@pytest.mark.parametrize(("price", "currency", "minor"), [("1.230", "KWD", 1230), ("1999", "MGA", 199900)])
def test_price_is_accepted_when_cards_can_be_charged_it(price: str, currency: str, minor: int) -> None:
    assert _created(price=price).details(currency, charge_limits("stripe", currency)).price_minor == minor


def test_price_is_refused_above_the_highest() -> None:
    highest = _created(price="99999999.99").details("USD").price_minor

    assert highest == MAX_PRICE_MINOR
    with pytest.raises(InvalidInput, match="price: is too high"):
        _created(price="100000000").details("USD")


def test_product_without_a_sku_gets_a_unique_one() -> None:
    made = {_created(sku=None).details("USD").sku for _ in range(100)}

    assert len(made) == 100
    assert all(0 < len(sku) <= MAX_SKU_LENGTH for sku in made)


@pytest.mark.parametrize(
    ("stock", "threshold", "is_low"), [(9, 10, True), (10, 10, False), (0, 0, False), (0, 1, True)]
)
def test_product_is_low_below_its_threshold(stock: int, threshold: int, is_low: bool) -> None:
    assert ManagedProduct(a_product(stock=stock), threshold).is_low is is_low
