"""What managing the catalogue is answered is what the description says; Shop.ask checks every answer against it."""

import itertools
import re
import uuid
from typing import Any

import pytest
from requests import Response

from tests.support.product_builders import a_product_body
from tests.support.shop import Customer, Shop

UNUSED_ID = 2**62
_SKUS = (f"TEST-{number}" for number in itertools.count(1))


def test_making_a_product_answers_201_with_where_it_is(shop: Shop, admin: Customer) -> None:
    answer = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": 19.9})

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/products/{answer.json()['product_id']}"


def test_a_product_that_is_sent_again_with_its_key_is_made_once(shop: Shop, admin: Customer) -> None:
    sent, headers = {"name": "Kettle", "price": 19.9, "stock": 3}, {"Idempotency-Key": uuid.uuid4().hex}

    answers = [shop.ask("POST", "/products", by=admin, json=sent, headers=headers) for _ in range(3)]
    other = shop.ask("POST", "/products", by=admin, json={**sent, "stock": 4}, headers=headers)

    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert _refusal(other) == (422, "idempotency-key-reused")


def test_a_new_product_is_shown_as_it_was_sent(shop: Shop, admin: Customer) -> None:
    sent = {**_details(), "stock": 7}

    product_id = shop.ask("POST", "/products", by=admin, json=sent).json()["product_id"]

    shown = shop.ask("GET", f"/products/{product_id}").json()
    assert {name: shown[name] for name in sent if name in shown} == _without(sent, "low_stock_threshold")
    assert (shown["version"], shown["currency"]) == (1, "USD")


def test_what_is_not_said_of_a_new_product_is_made_up(shop: Shop, admin: Customer) -> None:
    product_id = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": "5"}).json()["product_id"]

    shown = shop.ask("GET", f"/products/{product_id}").json()

    assert (shown["price"], shown["stock"], shown["description"]) == ("5.00", 0, "")
    assert (shown["category"], shown["image_urls"]) == ("general", [])
    assert re.fullmatch(r"P-[0-9A-F]{10}", shown["sku"])


@pytest.mark.parametrize(
    ("sent", "shown"), [(0, "0.00"), (19.9, "19.90"), ("19.9", "19.90"), (99999999.99, "99999999.99")]
)
def test_a_price_is_the_same_as_a_number_and_as_text(shop: Shop, admin: Customer, sent: object, shown: str) -> None:
    product_id = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": sent}).json()["product_id"]

    assert shop.ask("GET", f"/products/{product_id}").json()["price"] == shown


def test_a_product_that_was_asked_for_too_early_is_shown_once_it_is_made(shop: Shop, admin: Customer) -> None:
    last = shop.product()
    early = range(last + 1, last + 5)
    assert {shop.ask("GET", f"/products/{product_id}").status_code for product_id in early} == {404}

    made = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": 1}).json()["product_id"]

    assert made in early
    assert shop.ask("GET", f"/products/{made}").status_code == 200


@pytest.mark.parametrize("archived", [False, True])
def test_a_sku_that_another_product_has_or_had_answers_409(shop: Shop, admin: Customer, archived: bool) -> None:
    details = _details()
    shop.product(sku=details["sku"], archived=archived)
    before = shop.contents()

    answer = shop.ask("POST", "/products", by=admin, json=details)

    assert _refusal(answer) == (409, "sku-taken")
    assert shop.contents() == before


def test_a_change_with_the_etag_of_the_product_answers_200_with_it_as_it_is_now(shop: Shop, admin: Customer) -> None:
    product_id, details = shop.product(stock=7), _details()
    etag = shop.ask("GET", f"/products/{product_id}").headers["ETag"]

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json=details, headers={"If-Match": etag})

    assert (answer.status_code, answer.json()["version"], answer.json()["stock"]) == (200, 2, 7)
    assert {name: answer.json()[name] for name in details} == details


def test_a_change_is_shown_at_once_under_the_etag_that_it_was_answered_with(shop: Shop, admin: Customer) -> None:
    product_id, details = shop.product(), _details()
    shop.ask("GET", f"/products/{product_id}")

    changed = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**details, "version": 1})

    shown = shop.ask("GET", f"/products/{product_id}")
    [listed] = shop.ask("GET", "/products", query={"category": details["category"]}).json()["items"]
    assert shown.headers["ETag"] == changed.headers["ETag"]
    assert shown.json() == _without(changed.json(), "low_stock_threshold")
    assert listed == {**_without(shown.json(), "description"), "summary": "Boils water. Quickly."}


def test_etags_of_answers_lead_from_one_change_to_the_next(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()
    etag = shop.ask("GET", f"/products/{product_id}").headers["ETag"]

    for version in (2, 3, 4):
        answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json=_details(), headers={"If-Match": etag})
        assert answer.json()["version"] == version
        etag = answer.headers["ETag"]


def test_stock_that_changed_meanwhile_does_not_keep_an_etag_from_matching(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()
    etag = shop.ask("GET", f"/products/{product_id}").headers["ETag"]
    _adjust(shop, admin, product_id, 5)

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json=_details(), headers={"If-Match": etag})

    assert answer.status_code == 200
    assert shop.ask("GET", f"/products/{product_id}").headers["ETag"] != etag


@pytest.mark.parametrize(
    ("headers", "said"), [({"If-Match": "*"}, {}), ({}, {"version": 1}), ({"If-Match": '"1"'}, {})]
)
def test_a_change_may_name_its_version_in_the_body_or_take_any(
    shop: Shop, admin: Customer, headers: dict[str, str], said: dict[str, int]
) -> None:
    product_id = shop.product()

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**_details(), **said}, headers=headers)

    assert (answer.status_code, answer.json()["version"]) == (200, 2)


@pytest.mark.parametrize(
    ("headers", "said", "refusal"),
    [
        ({}, {}, (428, "precondition-required")),
        ({"If-Match": '"2"'}, {}, (412, "precondition-failed")),
        ({"If-Match": 'W/"1"'}, {}, (412, "precondition-failed")),
        ({}, {"version": 2}, (409, "version-conflict")),
        ({"If-Match": '"2"'}, {"version": 1}, (412, "precondition-failed")),
        ({"If-Match": '"1"'}, {"version": 2}, (409, "version-conflict")),
        ({"If-Match": "*"}, {"version": 2}, (409, "version-conflict")),
    ],
)
def test_a_change_from_no_version_or_another_is_refused(
    shop: Shop, admin: Customer, headers: dict[str, str], said: dict[str, int], refusal: tuple[int, str]
) -> None:
    product_id = shop.product()
    before = shop.contents()

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**_details(), **said}, headers=headers)

    assert _refusal(answer) == refusal
    assert shop.contents() == before


def test_of_two_changes_from_one_version_the_second_answers_409_and_says_which_version_there_is(
    shop: Shop, admin: Customer
) -> None:
    product_id = shop.product()

    answers = [
        shop.ask("PUT", f"/products/{product_id}", by=admin, json={**_details(), "version": 1}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert "version 2" in answers[1].json()["detail"]


def test_a_change_to_the_sku_of_another_product_answers_409(shop: Shop, admin: Customer) -> None:
    product_id, details = shop.product(), _details()
    shop.product(sku=details["sku"])

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**details, "version": 1})

    assert _refusal(answer) == (409, "sku-taken")


def test_a_threshold_that_a_change_leaves_out_stays(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(low_stock_threshold=3)

    details = _without(_details(), "low_stock_threshold")
    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json={**details, "version": 1})

    assert answer.json()["low_stock_threshold"] == 3


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": '"1"'}])
def test_archiving_answers_204_and_takes_the_product_out_of_everything_at_once(
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

    assert _refusal(answer) == (412, "precondition-failed")
    assert shop.ask("GET", f"/products/{product_id}").status_code == 200


@pytest.mark.parametrize("gone", [False, True], ids=["never was", "archived"])
def test_managing_a_product_that_is_not_on_sale_answers_404(shop: Shop, admin: Customer, gone: bool) -> None:
    product_id = shop.product(archived=True) if gone else UNUSED_ID

    answers = [
        shop.ask("PUT", f"/products/{product_id}", by=admin, json={**_details(), "version": 1}),
        shop.ask("DELETE", f"/products/{product_id}", by=admin),
        _adjust(shop, admin, product_id, 1),
    ]

    assert {_refusal(answer) for answer in answers} == {(404, "not-found")}


def test_adjusting_the_stock_answers_200_with_what_is_on_hand_then(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=3)

    received = _adjust(shop, admin, product_id, 5, kind="received")
    broken = _adjust(shop, admin, product_id, -8)

    assert [answer.status_code for answer in (received, broken)] == [200, 200]
    assert [answer.json()["stock"] for answer in (received, broken)] == [8, 0]


def test_adjusted_stock_is_shown_at_once_and_makes_no_new_version(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=3)
    before = shop.ask("GET", f"/products/{product_id}").json()

    _adjust(shop, admin, product_id, 5)

    after = shop.ask("GET", f"/products/{product_id}").json()
    assert (before["stock"], after["stock"]) == (3, 8)
    assert after["version"] == before["version"]


@pytest.mark.parametrize(("stock", "delta"), [(3, -4), (0, -1), (999_999_999, 2)])
def test_stock_below_none_or_beyond_all_answers_409_and_changes_nothing(
    shop: Shop, admin: Customer, stock: int, delta: int
) -> None:
    product_id = shop.product(stock=stock)
    before = shop.contents()

    answer = _adjust(shop, admin, product_id, delta)

    assert _refusal(answer) == (409, "conflict")
    assert answer.json()["detail"] == f"{stock} units are on hand; there cannot be {stock + delta}."
    assert shop.contents() == before


def test_an_adjustment_that_is_sent_again_gets_the_same_answer_and_counts_once(shop: Shop, admin: Customer) -> None:
    product_id, key = shop.product(stock=3), uuid.uuid4().hex

    answers = [_adjust(shop, admin, product_id, 5, key=key) for _ in range(3)]

    assert [answer.json() for answer in answers] == [answers[0].json()] * 3
    assert shop.ask("GET", f"/products/{product_id}").json()["stock"] == 8


def test_an_adjustment_with_the_key_of_another_answers_422(shop: Shop, admin: Customer) -> None:
    product_id, another, key = shop.product(stock=3), shop.product(), uuid.uuid4().hex
    _adjust(shop, admin, product_id, 5, key=key)
    before = shop.contents()

    answers = [_adjust(shop, admin, product_id, 6, key=key), _adjust(shop, admin, another, 5, key=key)]

    assert {_refusal(answer) for answer in answers} == {(422, "idempotency-key-reused")}
    assert shop.contents() == before


def test_a_key_is_its_senders_own(shop: Shop, admin: Customer) -> None:
    product_id, key = shop.product(stock=3), uuid.uuid4().hex

    answers = [_adjust(shop, by, product_id, 5, key=key) for by in (admin, shop.admin())]

    assert [answer.json()["stock"] for answer in answers] == [8, 13]


def test_an_adjustment_that_was_refused_may_be_sent_again_with_its_key(shop: Shop, admin: Customer) -> None:
    product_id, key = shop.product(stock=3), uuid.uuid4().hex
    refused = _adjust(shop, admin, product_id, -5, key=key)
    _adjust(shop, admin, product_id, 10)

    again = _adjust(shop, admin, product_id, -5, key=key)

    assert (refused.status_code, again.status_code, again.json()["stock"]) == (409, 200, 8)


def test_every_change_of_a_product_is_announced(shop: Shop, admin: Customer) -> None:
    product_id = shop.ask("POST", "/products", by=admin, json={**_details(), "stock": 9}).json()["product_id"]

    shop.ask("PUT", f"/products/{product_id}", by=admin, json={**_details(), "low_stock_threshold": 5, "version": 1})
    _adjust(shop, admin, product_id, -5)
    shop.ask("DELETE", f"/products/{product_id}", by=admin)

    sql = "SELECT type FROM outbox WHERE aggregate = %(aggregate)s ORDER BY id"
    announced = [row["type"] for row in shop.database.rows(sql, {"aggregate": f"product:{product_id}"})]
    assert announced == ["ProductCreated", "ProductUpdated", "StockChanged", "StockLow", "ProductArchived"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/products"),
        ("PUT", "/products/{}"),
        ("DELETE", "/products/{}"),
        ("POST", "/products/{}/stock"),
    ],
)
def test_a_customer_who_manages_the_catalogue_is_answered_403_before_anything_is_read(
    shop: Shop, customer: Customer, method: str, path: str
) -> None:
    before = shop.contents()

    answers = [
        shop.ask(method, path.format(product_id), by=customer, json={"nonsense": True})
        for product_id in (1, UNUSED_ID, "x")
    ]

    assert {_refusal(answer) for answer in answers} == {(403, "forbidden")}
    assert shop.contents() == before


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


def _adjust(
    shop: Shop, by: Customer, product_id: int, delta: int, *, kind: str = "adjusted", key: str | None = None
) -> Response:
    body = {"delta": delta, "reason": "counted", "kind": kind}
    headers = {"Idempotency-Key": key} if key else {}
    return shop.ask("POST", f"/products/{product_id}/stock", by=by, json=body, headers=headers)


def _refusal(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]
