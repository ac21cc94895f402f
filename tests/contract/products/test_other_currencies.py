"""Products priced in another currency than the shop's; Shop.ask checks each answer against the description."""

import uuid

from tests.support.answers import refused_fields
from tests.support.product_builders import a_product_body
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers


def test_a_list_by_currency_shows_the_products_of_that_currency(shop: Shop) -> None:
    category = uuid.uuid4().hex
    in_euros = shop.product(category=category, currency="EUR")
    in_dollars = shop.product(category=category)

    lists = [
        shop.ask("GET", "/products", query={"category": category, **more}).json()["items"]
        for more in ({"currency": "EUR"}, {"currency": "USD"}, {})
    ]

    assert [[each["id"] for each in items] for items in lists] == [[in_euros], [in_dollars], [in_dollars]]
    assert lists[0][0]["currency"] == "EUR"


def test_a_product_is_shown_only_in_its_own_currency(shop: Shop) -> None:
    product_id = shop.product(currency="EUR", description="Of steel.", price_minor=1999)

    shown = shop.ask("GET", f"/products/{product_id}", query={"currency": "EUR"})

    assert (shown.json()["description"], shown.json()["price"]) == ("Of steel.", "19.99")
    others = [shop.ask("GET", f"/products/{product_id}", query=query) for query in ({}, {"currency": "USD"})]
    assert [answer.status_code for answer in others] == [404, 404]
    repeated = shop.ask(
        "GET",
        f"/products/{product_id}",
        query={"currency": "EUR"},
        headers={"If-None-Match": shown.headers["ETag"]},
    )
    assert repeated.status_code == 304


def test_a_product_in_the_shops_currency_is_found_with_that_currency(shop: Shop) -> None:
    product_id = shop.product()

    plain = shop.ask("GET", f"/products/{product_id}")

    assert shop.ask("GET", f"/products/{product_id}", query={"currency": "USD"}).json() == plain.json()
    assert shop.ask("GET", f"/products/{product_id}", query={"currency": "EUR"}).status_code == 404


def test_an_invalid_currency_is_refused_by_name(shop: Shop) -> None:
    product_id = shop.product()
    queries = ["currency=eur", "currency=", "currency=EUR&currency=USD"]

    def refused(query: str) -> list[str]:
        return refused_fields(shop.ask("GET", f"/products/{product_id}?{query}"))

    assert wrong_answers(refused, [(query, ["currency"]) for query in queries]) == []


def test_an_admin_reprices_a_product_in_the_shops_currency(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(currency="EUR")
    etag = shop.ask("GET", f"/products/{product_id}", query={"currency": "EUR"}).headers["ETag"]
    details = a_product_body(price="25.00", sku=uuid.uuid4().hex)

    changed = shop.ask("PUT", f"/products/{product_id}", by=admin, json=details, headers={"If-Match": etag})

    assert changed.status_code == 200
    shown = shop.ask("GET", f"/products/{product_id}").json()
    assert (shown["price"], shown["currency"]) == ("25.00", "USD")


def test_an_admin_archives_a_product_of_another_currency(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(currency="EUR")

    assert shop.ask("DELETE", f"/products/{product_id}", by=admin).status_code == 204
    assert shop.ask("GET", f"/products/{product_id}", query={"currency": "EUR"}).status_code == 404
