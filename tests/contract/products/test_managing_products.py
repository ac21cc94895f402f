"""Admins manage the catalogue; Shop.ask checks each answer against the description."""

import itertools
import re
import uuid
from typing import Any

import pytest
from requests import Response

from tests.support.answers import refusal
from tests.support.product_builders import a_product_body
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_UNUSED_ID = 2**62
_SKUS = (f"TEST-{number}" for number in itertools.count(1))


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
    sent = {**_details(), "stock": 7}

    product_id = shop.ask("POST", "/products", by=admin, json=sent).json()["product_id"]

    shown = shop.ask("GET", f"/products/{product_id}").json()
    assert {name: shown[name] for name in sent if name in shown} == _without(sent, "low_stock_threshold")
    assert (shown["version"], shown["currency"]) == (1, "USD")


def test_a_new_product_gets_defaults_for_what_is_left_out(shop: Shop, admin: Customer) -> None:
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
    details = _details()
    shop.product(sku=details["sku"], archived=archived)
    before = shop.contents()

    answer = shop.ask("POST", "/products", by=admin, json=details)

    assert refusal(answer) == (409, "sku-taken")
    assert shop.contents() == before


def test_a_change_with_the_products_etag_answers_200_with_the_product(shop: Shop, admin: Customer) -> None:
    product_id, details = shop.product(stock=7), _details()
    etag = shop.ask("GET", f"/products/{product_id}").headers["ETag"]

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json=details, headers={"If-Match": etag})

    assert (answer.status_code, answer.json()["version"], answer.json()["stock"]) == (200, 2, 7)
    assert {name: answer.json()[name] for name in details} == details


def test_a_changed_product_is_shown_at_once_with_its_new_etag(shop: Shop, admin: Customer) -> None:
    product_id, details = shop.product(), _details()
    shop.ask("GET", f"/products/{product_id}")

    changed = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**details, "version": 1})

    shown = shop.ask("GET", f"/products/{product_id}")
    [listed] = shop.ask("GET", "/products", query={"category": details["category"]}).json()["items"]
    assert shown.headers["ETag"] == changed.headers["ETag"]
    assert shown.json() == _without(changed.json(), "low_stock_threshold")
    assert listed == {**_without(shown.json(), "description"), "summary": "Boils water. Quickly."}


def test_the_etag_of_a_change_is_valid_for_the_next_change(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()
    etag = shop.ask("GET", f"/products/{product_id}").headers["ETag"]

    for version in (2, 3, 4):
        answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json=_details(), headers={"If-Match": etag})
        assert answer.json()["version"] == version
        etag = answer.headers["ETag"]


def test_an_etag_still_matches_after_the_stock_has_changed(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()
    etag = shop.ask("GET", f"/products/{product_id}").headers["ETag"]
    _adjust(shop, admin, product_id, 5)

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json=_details(), headers={"If-Match": etag})

    assert answer.status_code == 200
    assert shop.ask("GET", f"/products/{product_id}").headers["ETag"] != etag


def test_a_change_may_name_its_version_in_header_or_body(shop: Shop, admin: Customer) -> None:
    rows: list[tuple[dict[str, str], dict[str, int]]] = [
        ({"If-Match": "*"}, {}),
        ({}, {"version": 1}),
        ({"If-Match": '"1"'}, {}),
    ]

    def version(headers: dict[str, str], fields: dict[str, int]) -> object:
        return _update(shop, admin, shop.product(), headers, fields).json()["version"]

    assert wrong_answers(version, [(*row, 2) for row in rows]) == []


def test_a_change_of_no_version_or_of_another_is_refused(shop: Shop, admin: Customer) -> None:
    rows: list[tuple[dict[str, str], dict[str, int], tuple[int, str]]] = [
        ({}, {}, (428, "precondition-required")),
        ({"If-Match": '"2"'}, {}, (412, "precondition-failed")),
        ({"If-Match": 'W/"1"'}, {}, (412, "precondition-failed")),
        ({}, {"version": 2}, (409, "version-conflict")),
        ({"If-Match": '"2"'}, {"version": 1}, (412, "precondition-failed")),
        ({"If-Match": '"1"'}, {"version": 2}, (409, "version-conflict")),
        ({"If-Match": "*"}, {"version": 2}, (409, "version-conflict")),
    ]
    product_id = shop.product()
    before = shop.contents()

    def refused(headers: dict[str, str], fields: dict[str, int]) -> tuple[int, str]:
        return refusal(_update(shop, admin, product_id, headers, fields))

    assert wrong_answers(refused, rows) == []
    assert shop.contents() == before


def test_the_second_change_of_a_version_answers_409_with_the_new_version(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()

    answers = [
        shop.ask("PUT", f"/products/{product_id}", by=admin, json={**_details(), "version": 1}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert "version 2" in answers[1].json()["detail"]


def test_changing_to_the_sku_of_another_product_answers_409(shop: Shop, admin: Customer) -> None:
    product_id, details = shop.product(), _details()
    shop.product(sku=details["sku"])

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**details, "version": 1})

    assert refusal(answer) == (409, "sku-taken")


def test_a_change_without_a_low_stock_threshold_keeps_it(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(low_stock_threshold=3)

    details = _without(_details(), "low_stock_threshold")
    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**details, "version": 1})

    assert answer.json()["low_stock_threshold"] == 3


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}], ids=["any version", "this version"])
def test_an_archived_product_disappears_from_the_catalogue_at_once(
    shop: Shop, admin: Customer, headers: dict[str, str]
) -> None:
    category = uuid.uuid4().hex
    product_id = shop.product(category=category)
    shop.ask("GET", f"/products/{product_id}")

    answer = shop.ask("DELETE", f"/products/{product_id}", by=admin, headers=headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert shop.ask("GET", f"/products/{product_id}").status_code == 404
    assert shop.ask("GET", "/products", query={"category": category}).json()["items"] == []
    categories = shop.ask("GET", "/products/categories").json()["items"]
    assert category not in {item["category"] for item in categories}


def test_archiving_another_version_answers_412(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()

    answer = shop.ask("DELETE", f"/products/{product_id}", by=admin, headers={"If-Match": '"2"'})

    assert refusal(answer) == (412, "precondition-failed")
    assert shop.ask("GET", f"/products/{product_id}").status_code == 200


@pytest.mark.parametrize("gone", [False, True], ids=["never was", "archived"])
def test_managing_a_product_that_is_not_on_sale_answers_404(shop: Shop, admin: Customer, gone: bool) -> None:
    product_id = shop.product(archived=True) if gone else _UNUSED_ID

    answers = [
        shop.ask("PUT", f"/products/{product_id}", by=admin, json={**_details(), "version": 1}),
        shop.ask("DELETE", f"/products/{product_id}", by=admin),
        _adjust(shop, admin, product_id, 1),
    ]

    assert {refusal(answer) for answer in answers} == {(404, "not-found")}


def test_adjusting_the_stock_answers_200_with_the_new_stock(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=3)

    received = _adjust(shop, admin, product_id, 5, kind="received")
    broken = _adjust(shop, admin, product_id, -8)

    assert [answer.status_code for answer in (received, broken)] == [200, 200]
    assert [answer.json()["stock"] for answer in (received, broken)] == [8, 0]


def test_adjusted_stock_is_shown_at_once_in_the_same_version(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=3)
    before = shop.ask("GET", f"/products/{product_id}").json()

    _adjust(shop, admin, product_id, 5)

    after = shop.ask("GET", f"/products/{product_id}").json()
    assert (before["stock"], after["stock"]) == (3, 8)
    assert after["version"] == before["version"]


@pytest.mark.parametrize(("stock", "delta"), [(3, -4), (999_999_999, 2)])
def test_adjusting_the_stock_beyond_its_limits_answers_409(shop: Shop, admin: Customer, stock: int, delta: int) -> None:
    product_id = shop.product(stock=stock)
    before = shop.contents()

    answer = _adjust(shop, admin, product_id, delta)

    assert refusal(answer) == (409, "conflict")
    assert answer.json()["detail"] == f"{stock} units are on hand; there cannot be {stock + delta}."
    assert shop.contents() == before


def test_an_adjustment_sent_again_with_its_key_counts_once(shop: Shop, admin: Customer) -> None:
    product_id, key = shop.product(stock=3), uuid.uuid4().hex

    answers = [_adjust(shop, admin, product_id, 5, key=key) for _ in range(3)]

    assert [answer.json() for answer in answers] == [answers[0].json()] * 3
    assert shop.ask("GET", f"/products/{product_id}").json()["stock"] == 8


def test_an_adjustment_with_the_key_of_another_answers_422(shop: Shop, admin: Customer) -> None:
    product_id, another, key = shop.product(stock=3), shop.product(), uuid.uuid4().hex
    _adjust(shop, admin, product_id, 5, key=key)
    before = shop.contents()

    answers = [_adjust(shop, admin, product_id, 6, key=key), _adjust(shop, admin, another, 5, key=key)]

    assert {refusal(answer) for answer in answers} == {(422, "idempotency-key-reused")}
    assert shop.contents() == before


def test_two_admins_may_use_the_same_key(shop: Shop, admin: Customer) -> None:
    product_id, key = shop.product(stock=3), uuid.uuid4().hex

    answers = [_adjust(shop, by, product_id, 5, key=key) for by in (admin, shop.admin())]

    assert [answer.json()["stock"] for answer in answers] == [8, 13]


def test_a_refused_adjustment_may_be_sent_again_with_its_key(shop: Shop, admin: Customer) -> None:
    product_id, key = shop.product(stock=3), uuid.uuid4().hex
    refused = _adjust(shop, admin, product_id, -5, key=key)
    _adjust(shop, admin, product_id, 10)

    accepted = _adjust(shop, admin, product_id, -5, key=key)

    assert (refused.status_code, accepted.status_code, accepted.json()["stock"]) == (409, 200, 8)


def test_every_change_of_a_product_publishes_an_event(shop: Shop, admin: Customer) -> None:
    product_id = shop.ask("POST", "/products", by=admin, json={**_details(), "stock": 9}).json()["product_id"]

    shop.ask("PUT", f"/products/{product_id}", by=admin, json={**_details(), "low_stock_threshold": 5, "version": 1})
    _adjust(shop, admin, product_id, -5)
    shop.ask("DELETE", f"/products/{product_id}", by=admin)

    sql = "SELECT type FROM outbox WHERE aggregate = %(aggregate)s ORDER BY id"
    published = [row["type"] for row in shop.database.rows(sql, {"aggregate": f"product:{product_id}"})]
    assert published == ["ProductCreated", "ProductUpdated", "StockChanged", "StockLow", "ProductArchived"]


def _details() -> dict[str, Any]:
    sku = next(_SKUS)
    return a_product_body(
        name=f"Kettle {sku}",
        price="24.50",
        description="Boils water.\nQuickly.",
        category=f"kettles of {sku}",
        sku=sku,
        image_urls=[f"https://images.example.com/{sku}.jpg", "http://images.example.com/?a=1&b=2"],
        low_stock_threshold=2,
    )


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def _update(shop: Shop, by: Customer, product_id: int, headers: dict[str, str], fields: dict[str, int]) -> Response:
    return shop.ask("PUT", f"/products/{product_id}", by=by, json={**_details(), **fields}, headers=headers)


def _adjust(
    shop: Shop, by: Customer, product_id: int, delta: int, *, kind: str = "adjusted", key: str | None = None
) -> Response:
    body = {"delta": delta, "reason": "counted", "kind": kind}
    headers = {"Idempotency-Key": key} if key else {}
    return shop.ask("POST", f"/products/{product_id}/stock", by=by, json=body, headers=headers)
