"""Admins manage the catalogue; Shop.ask checks each answer against the description."""

import re
import uuid

import pytest

from tests.contract.products.managing import adjust_stock, new_details, without
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_UNUSED_ID = 2**62


def test_creating_a_product_answers_201_with_its_location(shop: Shop, admin: Customer) -> None:
    answer = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": 19.9})

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/products/{answer.json()['product_id']}"


def test_a_product_sent_again_with_its_key_is_created_once(shop: Shop, admin: Customer) -> None:
    sent, headers = {"name": "Kettle", "price": 19.9, "stock": 3}, {"Idempotency-Key": uuid.uuid4().hex}

    answers = [shop.ask("POST", "/products", by=admin, json=sent, headers=headers) for _ in range(3)]
    other = shop.ask("POST", "/products", by=admin, json={**sent, "stock": 4}, headers=headers)

    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert refusal(other) == (422, "idempotency-key-reused")


def test_a_new_product_is_shown_as_it_was_sent(shop: Shop, admin: Customer) -> None:
    sent = {**new_details(), "stock": 7}

    product_id = shop.ask("POST", "/products", by=admin, json=sent).json()["product_id"]

    shown = shop.ask("GET", f"/products/{product_id}").json()
    assert {name: shown[name] for name in sent if name in shown} == without(sent, "low_stock_threshold")
    assert (shown["version"], shown["currency"]) == (1, "USD")


def test_a_new_product_gets_defaults_for_omitted_fields(shop: Shop, admin: Customer) -> None:
    product_id = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": "5"}).json()["product_id"]

    shown = shop.ask("GET", f"/products/{product_id}").json()

    assert (shown["price"], shown["stock"], shown["description"]) == ("5.00", 0, "")
    assert (shown["category"], shown["image_urls"]) == ("general", [])
    assert re.fullmatch(r"P-[0-9A-F]{10}", shown["sku"])


def test_a_price_may_be_sent_as_a_number_or_as_text(shop: Shop, admin: Customer) -> None:
    shown = []
    for sent in (0, 19.9, "19.9", 99999999.99):
        created = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": sent}).json()
        shown.append(shop.ask("GET", f"/products/{created['product_id']}").json()["price"])

    assert shown == ["0.00", "19.90", "19.90", "99999999.99"]


def test_a_product_is_shown_at_once_after_a_404_was_cached(shop: Shop, admin: Customer) -> None:
    last = shop.product()
    early = range(last + 1, last + 5)
    assert {shop.ask("GET", f"/products/{product_id}").status_code for product_id in early} == {404}

    made = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": 1}).json()["product_id"]

    assert made in early
    assert shop.ask("GET", f"/products/{made}").status_code == 200


@pytest.mark.parametrize("archived", [False, True], ids=["on sale", "archived"])
def test_a_sku_of_another_product_answers_409(shop: Shop, admin: Customer, archived: bool) -> None:
    details = new_details()
    shop.product(sku=details["sku"], archived=archived)
    before = shop.contents()

    answer = shop.ask("POST", "/products", by=admin, json=details)

    assert refusal(answer) == (409, "sku-taken")
    assert shop.contents() == before


def test_a_changed_product_is_shown_at_once_with_its_new_etag(shop: Shop, admin: Customer) -> None:
    product_id, details = shop.product(), new_details()
    shop.ask("GET", f"/products/{product_id}")

    changed = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**details, "version": 1})

    shown = shop.ask("GET", f"/products/{product_id}")
    [listed] = shop.ask("GET", "/products", query={"category": details["category"]}).json()["items"]
    assert shown.headers["ETag"] == changed.headers["ETag"]
    assert shown.json() == without(changed.json(), "low_stock_threshold")
    assert listed == {**without(shown.json(), "description"), "summary": "Boils water. Quickly."}


def test_changing_to_the_sku_of_another_product_answers_409(shop: Shop, admin: Customer) -> None:
    product_id, details = shop.product(), new_details()
    shop.product(sku=details["sku"])

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**details, "version": 1})

    assert refusal(answer) == (409, "sku-taken")


def test_a_change_without_a_low_stock_threshold_keeps_it(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(low_stock_threshold=3)

    details = without(new_details(), "low_stock_threshold")
    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**details, "version": 1})

    assert answer.json()["low_stock_threshold"] == 3


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}], ids=["any version", "this version"])
def test_an_archived_product_disappears_from_the_catalogue_at_once(
    shop: Shop, admin: Customer, headers: dict[str, str]
) -> None:
    category = uuid.uuid4().hex
    product_id = shop.product(category=category)
    shop.ask("GET", f"/products/{product_id}")
    shop.ask("GET", "/products/categories")

    answer = shop.ask("DELETE", f"/products/{product_id}", by=admin, headers=headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert shop.ask("GET", f"/products/{product_id}").status_code == 404
    assert shop.ask("GET", "/products", query={"category": category}).json()["items"] == []
    categories = shop.ask("GET", "/products/categories").json()["items"]
    assert category not in {item["category"] for item in categories}


@pytest.mark.parametrize("gone", [False, True], ids=["never was", "archived"])
def test_managing_a_product_that_is_not_on_sale_answers_404(shop: Shop, admin: Customer, gone: bool) -> None:
    product_id = shop.product(archived=True) if gone else _UNUSED_ID

    answers = [
        shop.ask("PUT", f"/products/{product_id}", by=admin, json={**new_details(), "version": 1}),
        shop.ask("DELETE", f"/products/{product_id}", by=admin),
        adjust_stock(shop, admin, product_id, 1),
    ]

    assert {refusal(answer) for answer in answers} == {(404, "not-found")}


def test_every_change_of_a_product_publishes_an_event(shop: Shop, admin: Customer) -> None:
    product_id = shop.ask("POST", "/products", by=admin, json={**new_details(), "stock": 9}).json()["product_id"]

    shop.ask("PUT", f"/products/{product_id}", by=admin, json={**new_details(), "low_stock_threshold": 5, "version": 1})
    adjust_stock(shop, admin, product_id, -5)
    shop.ask("DELETE", f"/products/{product_id}", by=admin)

    sql = "SELECT type FROM outbox WHERE aggregate = %(aggregate)s ORDER BY id"
    published = [row["type"] for row in shop.database.rows(sql, {"aggregate": f"product:{product_id}"})]
    assert published == ["ProductCreated", "ProductUpdated", "StockChanged", "StockLow", "ProductArchived"]
