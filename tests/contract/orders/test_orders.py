"""What orders are answered is what the description says; Shop.ask checks every answer against it."""

import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from requests import Response

from tests.support.books import disagreements
from tests.support.product_builders import a_product_body
from tests.support.raw_http import exchange
from tests.support.shop import Customer, Shop
from tests.support.templates import ROOT
from tests.support.threads import at_once

UNUSED_ID = 2**62
SHIPPED = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD014600003SE"}
DELIVERED = {"status": "delivered"}
ADDRESS = {
    "recipient": "李小雨",
    "street": "人民路 8 号",
    "city": "上海",
    "region": "上海市",
    "postal_code": "200001",
    "country": "CN",
}


@pytest.fixture(scope="module", autouse=True)
def _books_agree(shop: Shop) -> Iterator[None]:
    """Whatever these tests do, no stock, history or event is lost by it."""
    yield
    assert disagreements(shop.database) == {}


def test_an_order_answers_201_with_where_it_is(shop: Shop, customer: Customer) -> None:
    answer = _place(shop, customer, shop.product())

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/orders/{answer.json()['order_id']}"


def test_an_order_of_one_product_costs_what_the_shops_terms_say(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(price_minor=1999, sku="PRICED", name="Kettle")

    order = _order(shop, customer, _place(shop, customer, product_id, 2).json()["order_id"])

    assert order["lines"] == [
        {
            "product_id": product_id,
            "sku": "PRICED",
            "name": "Kettle",
            "unit_price": "19.99",
            "quantity": 2,
            "returned": 0,
            "total": "39.98",
        }
    ]
    assert (order["subtotal"], order["shipping"], order["total"], order["tax"]) == ("39.98", "4.90", "44.88", "7.48")
    assert (order["currency"], order["user_id"], order["address"]) == ("USD", customer.id, "1 Main Street")
    assert (order["paid"], order["refunded"]) == ("0.00", "0.00")


def test_shipping_is_free_from_a_subtotal_on(shop: Shop, customer: Customer) -> None:
    orders = [
        _order(shop, customer, _place(shop, customer, shop.product(price_minor=price)).json()["order_id"])
        for price in (4999, 5000)
    ]

    assert [(order["shipping"], order["total"]) for order in orders] == [("4.90", "54.89"), ("0.00", "50.00")]


def test_an_order_of_items_has_a_line_for_each_product_in_the_order_of_asking(shop: Shop, customer: Customer) -> None:
    first, second, third = shop.product(), shop.product(), shop.product()
    items = [_item(third, 1), _item(first, 2), _item(second, 3), _item(first, 4)]

    answer = shop.ask("POST", "/orders", by=customer, json={"items": items, "address": ADDRESS})

    order = _order(shop, customer, answer.json()["order_id"])
    assert [(line["product_id"], line["quantity"]) for line in order["lines"]] == [(third, 1), (first, 6), (second, 3)]
    assert order["address"] == ADDRESS


def test_an_order_to_hong_kong_needs_no_postal_code(shop: Shop, customer: Customer) -> None:
    address = {"recipient": "Ada", "street": "1 Nathan Road", "city": "Hong Kong", "country": "HK"}
    body: dict[str, Any] = {"items": [_item(shop.product(), 1)], "address": {**address, "postal_code": ""}}

    answer = shop.ask("POST", "/orders", by=customer, json=body)

    assert _order(shop, customer, answer.json()["order_id"])["address"] == address


def test_what_an_order_is_answered_is_what_it_is(shop: Shop, customer: Customer) -> None:
    placed = _place(shop, customer, shop.product()).json()

    order = _order(shop, customer, placed["order_id"])

    same = ("id", "order_number", "status", "total", "currency", "expires_at")
    assert placed.items() == {
        ("message", "order created successfully"),
        ("order_id", order["id"]),
        *((name, order[name]) for name in same),
    }


def test_an_order_by_card_waits_half_an_hour_for_its_payment(shop: Shop, customer: Customer) -> None:
    order = _order(shop, customer, shop.order(customer, shop.product()))

    waits = datetime.fromisoformat(order["expires_at"]) - datetime.fromisoformat(order["created_at"])
    assert (order["status"], order["payment_status"], order["payment_method"]) == ("pending", "unpaid", "card")
    assert waits == timedelta(minutes=30)


def test_an_order_with_cash_on_delivery_is_confirmed_at_once(shop: Shop, customer: Customer) -> None:
    placed = _place(shop, customer, shop.product(), payment_method="cash_on_delivery").json()

    order = _order(shop, customer, placed["order_id"])
    assert (placed["status"], placed["expires_at"]) == ("confirmed", None)
    assert (order["status"], order["payment_status"]) == ("confirmed", "unpaid")


def test_an_order_takes_its_stock_and_a_cancelled_one_gives_it_back_at_once(shop: Shop, customer: Customer) -> None:
    first, second = shop.product(stock=5), shop.product(stock=2)
    stock = [_stock(shop, first, second)]

    body = {"items": [_item(first, 3), _item(second, 2)], "address": "1 Main Street"}
    order_id = shop.ask("POST", "/orders", by=customer, json=body).json()["order_id"]
    stock.append(_stock(shop, first, second))
    _cancel(shop, customer, order_id)
    stock.append(_stock(shop, first, second))

    assert stock == [[5, 2], [2, 0], [5, 2]]


def test_products_that_are_not_on_sale_answer_404_by_the_fields_that_ask_for_them(
    shop: Shop, customer: Customer
) -> None:
    items = [_item(shop.product(), 1), _item(UNUSED_ID, 1), _item(shop.product(archived=True), 1)]
    before = shop.contents()

    answer = shop.ask("POST", "/orders", by=customer, json={"items": items, "address": "1 Main Street"})

    assert _refusal(answer) == (404, "not-on-sale")
    assert _fields(answer) == ["items.1.product_id", "items.2.product_id"]
    assert _fields(_place(shop, customer, UNUSED_ID)) == ["product_id"]
    assert shop.contents() == before


def test_more_than_there_is_answers_409_by_the_quantities_that_are_too_high(shop: Shop, customer: Customer) -> None:
    first, second = shop.product(stock=9), shop.product(stock=2)
    items = [_item(first, 5), _item(second, 2), _item(first, 5)]
    before = shop.contents()

    answer = shop.ask("POST", "/orders", by=customer, json={"items": items, "address": "1 Main Street"})
    alone = _place(shop, customer, second, 3)

    assert _refusal(answer) == _refusal(alone) == (409, "out-of-stock")
    assert answer.json()["errors"] == [{"field": "items.0.quantity", "reason": "only 9 left"}]
    assert alone.json()["errors"] == [{"field": "quantity", "reason": "only 2 left"}]
    assert shop.contents() == before


@pytest.mark.parametrize("payment_method", ["card", "cash_on_delivery"])
def test_an_unexpected_total_answers_409_with_the_current_prices(
    shop: Shop, customer: Customer, payment_method: str
) -> None:
    product_id = shop.product(stock=9, price_minor=1999)
    before = shop.contents()

    answer = _place(shop, customer, product_id, 2, payment_method=payment_method, expected_total="39.98")

    assert _refusal(answer) == (409, "price-changed")
    prices = answer.json()["prices"]
    assert prices["lines"] == [{"product_id": product_id, "unit_price": "19.99", "quantity": 2, "total": "39.98"}]
    assert (prices["subtotal"], prices["shipping"], prices["total"]) == ("39.98", "4.90", "44.88")
    assert shop.contents() == before
    assert _place(shop, customer, product_id, 2, expected_total=prices["total"]).status_code == 201


def test_a_key_sent_again_with_another_expected_total_is_refused(shop: Shop, customer: Customer) -> None:
    product_id, key = shop.product(stock=9, price_minor=6000), uuid.uuid4().hex
    _place(shop, customer, product_id, key=key, expected_total="60.00")

    assert _refusal(_place(shop, customer, product_id, key=key)) == (422, "idempotency-key-reused")


def test_an_unpaid_order_too_many_answers_409_until_one_is_cancelled(strict_shop: Shop) -> None:
    shop, customer = strict_shop, strict_shop.customer()
    product_id = shop.product(stock=9)
    first = shop.order(customer, product_id)
    shop.order(customer, product_id, payment_method="cash_on_delivery")
    before = shop.contents()

    answer = _place(shop, customer, product_id)

    assert _refusal(answer) == (409, "too-many-unpaid-orders")
    assert shop.contents() == before
    assert _cancel(shop, customer, first).status_code == 200
    assert _place(shop, customer, product_id).status_code == 201


def test_more_units_than_the_shop_sells_at_once_answer_400_by_the_quantity(strict_shop: Shop) -> None:
    shop, customer = strict_shop, strict_shop.customer()
    product_id = shop.product(stock=9)

    answer = _place(shop, customer, product_id, 6)

    assert _refusal(answer) == (400, "invalid-input")
    assert answer.json()["errors"] == [
        {"field": "quantity", "reason": "an order can have at most 5 units of one product"}
    ]
    assert _place(shop, customer, product_id, 5).status_code == 201


def test_the_last_units_can_be_ordered_and_then_none(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(stock=2)

    answers = [_place(shop, customer, product_id, quantity) for quantity in (2, 1)]

    assert [answer.status_code for answer in answers] == [201, 409]


def test_an_order_that_is_sent_again_gets_the_same_answer_and_is_placed_once(shop: Shop, customer: Customer) -> None:
    product_id, key = shop.product(stock=5), uuid.uuid4().hex

    answers = [_place(shop, customer, product_id, 2, key=key) for _ in range(3)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, answers[0].json())] * 3
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert _stock(shop, product_id) == [3]
    assert len(_ids(shop, customer)) == 1


def test_an_order_that_is_sent_again_while_the_first_is_at_work_waits_for_its_answer(
    shop: Shop, customer: Customer
) -> None:
    product_id, key = shop.product(stock=9), uuid.uuid4().hex
    body = json.dumps({"product_id": product_id, "quantity": 1, "address": "1 Main Street"}).encode()
    headers = [*customer.authorization.items(), ("Content-Type", "application/json"), ("Idempotency-Key", key)]

    answers = at_once(2, lambda _: exchange(shop.url, "POST", "/orders", headers, body))

    assert answers[0] == answers[1] == (201, _place(shop, customer, product_id, key=key).json())
    assert _stock(shop, product_id) == [8]


def test_the_first_answer_comes_again_even_when_the_order_is_elsewhere_by_now(shop: Shop, customer: Customer) -> None:
    product_id, key = shop.product(), uuid.uuid4().hex
    first = _place(shop, customer, product_id, key=key)
    _cancel(shop, customer, first.json()["order_id"])

    again = _place(shop, customer, product_id, key=key)

    assert again.json() == first.json()
    assert again.json()["status"] == "pending"


@pytest.mark.parametrize(
    "change", [{"quantity": 2}, {"address": "2 Main Street"}, {"payment_method": "cash_on_delivery"}]
)
def test_another_order_with_the_same_key_answers_422(shop: Shop, customer: Customer, change: dict[str, Any]) -> None:
    product_id, key = shop.product(), uuid.uuid4().hex
    _place(shop, customer, product_id, key=key)
    before = shop.contents()

    answer = _place(shop, customer, product_id, **{"quantity": 1, "key": key, **change})

    assert _refusal(answer) == (422, "idempotency-key-reused")
    assert shop.contents() == before


def test_a_request_is_the_same_however_it_is_written(shop: Shop, customer: Customer) -> None:
    product_id, headers = shop.product(), {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
    bodies = [
        f'{{"product_id": {product_id}, "quantity": 1, "address": "Straße 1"}}',
        f'{{ "address":"  Stra\\u00dfe 1 ","quantity":1,\n"payment_method":"card","product_id":{product_id} }}',
    ]

    answers = [shop.ask("POST", "/orders", by=customer, body=body.encode(), headers=headers) for body in bodies]

    assert answers[0].json() == answers[1].json()


def test_two_customers_with_the_same_key_place_an_order_each(shop: Shop, customer: Customer) -> None:
    product_id, key = shop.product(), uuid.uuid4().hex

    answers = [_place(shop, by, product_id, key=key) for by in (customer, shop.customer())]

    assert answers[0].json()["order_id"] != answers[1].json()["order_id"]


def test_an_order_that_was_refused_may_be_sent_again_with_its_key(
    shop: Shop, customer: Customer, admin: Customer
) -> None:
    product_id, key = shop.product(stock=0), uuid.uuid4().hex
    refused = _place(shop, customer, product_id, key=key)
    restock = {"delta": 1, "reason": "delivery note 4711", "kind": "received"}
    shop.ask("POST", f"/products/{product_id}/stock", by=admin, json=restock)

    again = _place(shop, customer, product_id, key=key)

    assert (refused.status_code, again.status_code) == (409, 201)


def test_an_order_answers_200_and_then_304_until_it_changes(shop: Shop, customer: Customer, admin: Customer) -> None:
    path = f"/orders/{shop.order(customer, shop.product())}"
    first = shop.ask("GET", path, by=customer)
    has_it = {"If-None-Match": first.headers["ETag"]}

    second = shop.ask("GET", path, by=customer, headers=has_it)
    _confirm(shop, admin, first.json()["id"])
    third = shop.ask("GET", path, by=customer, headers=has_it)

    assert [answer.status_code for answer in (first, second, third)] == [200, 304, 200]
    assert second.content == b""
    assert first.headers["ETag"] == second.headers["ETag"] != third.headers["ETag"]


def test_a_change_is_answered_with_the_order_and_the_etag_that_it_has_then(shop: Shop, admin: Customer) -> None:
    order_id = shop.order(admin, shop.product())

    for change in (_confirm, _ship, _deliver):
        answer = change(shop, admin, order_id)
        shown = shop.ask("GET", f"/orders/{order_id}", by=admin)
        assert (answer.json(), answer.headers["ETag"]) == (shown.json(), shown.headers["ETag"])


def test_somebody_elses_order_is_a_404_like_one_that_is_not_there(
    shop: Shop, customer: Customer, somebody: Customer
) -> None:
    theirs = shop.order(somebody, shop.product())
    before = shop.contents()

    for method, path in (
        ("GET", "/orders/{}"),
        ("GET", "/orders/{}/history"),
        ("GET", "/orders/{}/payments"),
        ("POST", "/orders/{}/payment"),
        ("POST", "/orders/{}/cancel"),
    ):
        answers = [shop.ask(method, path.format(order_id), by=customer) for order_id in (theirs, UNUSED_ID)]
        problems = [{**answer.json(), "request_id": ""} for answer in answers]
        assert {_refusal(answer) for answer in answers} == {(404, "not-found")}
        assert problems[0] == problems[1]

    assert shop.contents() == before


def test_an_etag_opens_nobody_elses_order(shop: Shop, customer: Customer, somebody: Customer) -> None:
    theirs = shop.order(somebody, shop.product())

    assert shop.ask("GET", f"/orders/{theirs}", by=customer, headers={"If-None-Match": "*"}).status_code == 404


def test_an_admin_reads_everybodys_order_and_its_history(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())

    assert _order(shop, admin, order_id)["user_id"] == customer.id
    assert _actions(shop, admin, order_id) == ["placed"]


def test_a_new_customers_list_is_empty(shop: Shop, customer: Customer) -> None:
    assert shop.ask("GET", "/orders", by=customer).json() == {"items": [], "next_cursor": None, "count": None}


def test_a_customers_list_shows_their_own_orders_the_newest_first_as_each_is_shown_alone(
    shop: Shop, customer: Customer, somebody: Customer
) -> None:
    product_id = shop.product()
    placed = [shop.order(by, product_id) for by in (customer, somebody, customer, customer)]

    items = shop.ask("GET", "/orders", by=customer).json()["items"]

    assert [order["id"] for order in items] == [placed[3], placed[2], placed[0]]
    assert items[0] == _order(shop, customer, placed[3])


@pytest.mark.parametrize("whose", ["own", "another's"])
def test_a_customer_cannot_ask_for_a_customers_orders(
    shop: Shop, customer: Customer, somebody: Customer, whose: str
) -> None:
    account = customer if whose == "own" else somebody

    for asked in ({"user_id": account.id}, {"customer": account.id}, {"email": account.email}):
        answer = shop.ask("GET", "/orders", by=customer, query=asked)
        assert _refusal(answer) == (400, "invalid-input")
        assert _fields(answer) == [*asked]


def test_an_order_is_found_by_its_number_however_it_is_typed(shop: Shop, customer: Customer) -> None:
    placed = [_place(shop, customer, shop.product()).json() for _ in range(2)]
    number = placed[0]["order_number"]

    for typed in (number, number.lower(), number.replace("-", ""), f" {number} "):
        assert _ids(shop, customer, order_number=typed) == [placed[0]["order_id"]]


def test_a_number_or_a_reference_leads_nobody_to_anothers_order(
    shop: Shop, customer: Customer, somebody: Customer, admin: Customer
) -> None:
    placed = _place(shop, somebody, shop.product()).json()
    reference = f"bank transfer {placed['order_id']}"
    shop.ask("POST", f"/orders/{placed['order_id']}/confirm", by=admin, json={"reference": reference})

    for asked in ({"order_number": placed["order_number"]}, {"payment_reference": reference}):
        assert _ids(shop, customer, **asked) == []
        assert _ids(shop, somebody, **asked) == _ids(shop, admin, **asked) == [placed["order_id"]]


def test_an_admin_finds_the_orders_of_a_mail_address(
    shop: Shop, customer: Customer, somebody: Customer, admin: Customer
) -> None:
    product_id = shop.product()
    placed = [shop.order(by, product_id) for by in (customer, somebody, customer)]

    assert _ids(shop, admin, email=f"{customer.email.upper()} ") == [placed[2], placed[0]]
    assert _ids(shop, admin, email="nobody-at-all@example.com") == []


def test_every_filter_shows_the_orders_that_it_is_for(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(price_minor=1999)
    cash = shop.order(customer, product_id, payment_method="cash_on_delivery")
    waiting = shop.order(customer, product_id, 2)
    paid = shop.order(customer, product_id, 3)
    cancelled = shop.order(customer, product_id)
    _confirm(shop, admin, paid)
    _cancel(shop, customer, cancelled)
    second, third = (_order(shop, customer, order_id)["created_at"] for order_id in (waiting, paid))
    filters: list[tuple[dict[str, object], list[int]]] = [
        ({}, [cancelled, paid, waiting, cash]),
        ({"status": "pending"}, [waiting]),
        ({"status": "confirmed"}, [paid, cash]),
        ({"status": "cancelled"}, [cancelled]),
        ({"status": "expired"}, []),
        ({"payment_status": "unpaid"}, [cancelled, waiting, cash]),
        ({"payment_status": "paid"}, [paid]),
        ({"status": "confirmed", "payment_status": "unpaid"}, [cash]),
        ({"created_from": second}, [cancelled, paid, waiting]),
        ({"created_before": third}, [waiting, cash]),
        ({"created_from": second, "created_before": third}, [waiting]),
        ({"created_from": third, "created_before": second}, []),
        ({"min_total": "44.88"}, [paid, waiting]),
        ({"max_total": "44.88"}, [cancelled, waiting, cash]),
        ({"min_total": 25, "max_total": 45}, [waiting]),
        ({"limit": 2}, [cancelled, paid]),
    ]

    for chosen, expected in filters:
        assert _ids(shop, customer, **chosen) == expected, chosen
        assert _ids(shop, admin, **chosen, customer=customer.id) == expected, chosen


def test_an_admins_list_has_everybodys_orders(
    shop: Shop, customer: Customer, somebody: Customer, admin: Customer
) -> None:
    product_id = shop.product()
    placed = [shop.order(by, product_id) for by in (customer, somebody, admin)]

    assert _ids(shop, admin, limit=3) == placed[::-1]


@pytest.mark.parametrize("query", [{}, {"status": "pending"}, {"payment_status": "unpaid"}, {"min_total": "1"}])
def test_pages_neither_repeat_nor_hide_orders_while_new_ones_come_in(
    shop: Shop, customer: Customer, admin: Customer, query: dict[str, str]
) -> None:
    product_id = shop.product(stock=99)
    there = [shop.order(customer, product_id) for _ in range(5)][::-1]

    for by, whose in ((customer, {}), (admin, {"user_id": customer.id})):
        seen, cursor = list[int](), None
        while True:
            asked = {**query, **whose, "limit": 2, **({"cursor": cursor} if cursor else {})}
            page = shop.ask("GET", "/orders", by=by, query=asked).json()
            seen += [order["id"] for order in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            shop.order(customer, product_id)
        assert [order_id for order_id in seen if order_id in there] == there
        assert len(seen) == len(set(seen))


def test_an_admin_pages_through_all_orders_there_are(shop: Shop, admin: Customer) -> None:
    seen, cursor = list[int](), None
    while True:
        page = shop.ask(
            "GET", "/orders", by=admin, query={"limit": 100, **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [order["id"] for order in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == shop.contents()["orders"]


def test_the_sample_of_the_order_list_finds_orders_of_the_demo_data(shop: Shop, admin: Customer) -> None:
    sample = json.loads((ROOT / "events" / "list_orders.json").read_text(encoding="utf-8"))

    answer = shop.ask("GET", "/orders", by=admin, query=sample["queryStringParameters"])

    assert answer.json()["items"]


def test_an_order_lives_from_its_placing_to_its_delivery(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())

    states = [_state(answer) for answer in (change(shop, admin, order_id) for change in (_confirm, _ship, _deliver))]

    assert states == [("confirmed", "paid"), ("shipped", "paid"), ("delivered", "paid")]
    order = _order(shop, customer, order_id)
    assert (order["carrier"], order["tracking_number"], order["expires_at"]) == ("DHL", "JD014600003SE", None)
    entries = shop.ask("GET", f"/orders/{order_id}/history", by=customer).json()["items"]
    assert [
        tuple(entry[name] for name in ("version", "action", "status", "payment_status", "actor", "note"))
        for entry in entries
    ] == [
        (1, "placed", "pending", "unpaid", "customer", None),
        (2, "confirmed", "confirmed", "paid", "admin", "bank transfer 3"),
        (3, "shipped", "shipped", "paid", "admin", "DHL JD014600003SE"),
        (4, "delivered", "delivered", "paid", "admin", None),
    ]
    assert (entries[0]["created_at"], entries[-1]["created_at"]) == (order["created_at"], order["updated_at"])


def test_cash_on_delivery_is_paid_when_it_is_delivered(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product(), payment_method="cash_on_delivery")

    states = [_state(change(shop, admin, order_id)) for change in (_ship, _deliver)]

    assert states == [("shipped", "unpaid"), ("delivered", "paid")]
    assert _actions(shop, customer, order_id) == ["placed", "shipped", "delivered"]


def test_every_change_of_an_order_is_announced(shop: Shop, customer: Customer, admin: Customer) -> None:
    delivered, cancelled = (shop.order(customer, shop.product()) for _ in range(2))

    for change in (_confirm, _ship, _deliver):
        change(shop, admin, delivered)
    _cancel(shop, customer, cancelled)

    assert _announced(shop, delivered) == ["OrderCreated", "OrderConfirmed", "OrderShipped", "OrderDelivered"]
    assert _announced(shop, cancelled) == ["OrderCreated", "OrderCancelled"]


@pytest.mark.parametrize("body", [None, {}, {"reason": "ordered by mistake"}])
def test_cancelling_answers_200_with_or_without_a_reason(
    shop: Shop, customer: Customer, body: dict[str, str] | None
) -> None:
    order_id = shop.order(customer, shop.product())

    answer = shop.ask("POST", f"/orders/{order_id}/cancel", by=customer, json=body)

    assert (answer.status_code, _state(answer)) == (200, ("cancelled", "unpaid"))
    last = shop.ask("GET", f"/orders/{order_id}/history", by=customer).json()["items"][-1]
    assert (last["actor"], last["note"]) == ("customer", (body or {}).get("reason"))


def test_an_order_is_cancelled_once_and_its_stock_comes_back_once(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(stock=5)
    order_id = shop.order(customer, product_id, 2)

    answers = [_cancel(shop, customer, order_id) for _ in range(2)]

    assert answers[0].status_code == 200
    assert _refusal(answers[1]) == (409, "wrong-order-state")
    assert _stock(shop, product_id) == [5]


def test_an_admin_cancels_for_a_customer(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())

    assert _cancel(shop, admin, order_id).status_code == 200

    last = shop.ask("GET", f"/orders/{order_id}/history", by=customer).json()["items"][-1]
    assert (last["action"], last["actor"]) == ("cancelled", "admin")


def test_what_was_paid_outside_the_shop_stays_paid_when_it_is_cancelled(
    shop: Shop, customer: Customer, admin: Customer
) -> None:
    order_id = shop.order(customer, shop.product())
    _confirm(shop, admin, order_id)

    assert _state(_cancel(shop, customer, order_id)) == ("cancelled", "paid")


# What an order has been through, and what it cannot become from there.
@pytest.mark.parametrize(
    ("payment_method", "been_through", "cannot"),
    [
        ("card", (), ("ship", "deliver")),
        ("card", ("confirm",), ("confirm", "deliver")),
        ("card", ("confirm", "ship"), ("confirm", "ship", "cancel")),
        ("card", ("confirm", "ship", "deliver"), ("confirm", "ship", "deliver", "cancel")),
        ("card", ("cancel",), ("confirm", "ship", "deliver", "cancel")),
        ("cash_on_delivery", (), ("confirm", "deliver")),
        ("cash_on_delivery", ("ship",), ("confirm", "ship", "cancel")),
        ("cash_on_delivery", ("ship", "deliver"), ("confirm", "ship", "deliver", "cancel")),
    ],
)
def test_a_change_that_does_not_lead_on_from_where_the_order_is_answers_409(
    shop: Shop, admin: Customer, payment_method: str, been_through: tuple[str, ...], cannot: tuple[str, ...]
) -> None:
    changes = {"confirm": _confirm, "ship": _ship, "deliver": _deliver, "cancel": _cancel}
    order_id = shop.order(admin, shop.product(), payment_method=payment_method)
    for step in been_through:
        assert changes[step](shop, admin, order_id).status_code == 200
    before = shop.contents()

    answers = [changes[step](shop, admin, order_id) for step in cannot]

    assert {_refusal(answer) for answer in answers} == {(409, "wrong-order-state")}
    assert shop.contents() == before


def test_changing_an_order_that_is_not_there_answers_404(shop: Shop, admin: Customer) -> None:
    answers = [change(shop, admin, UNUSED_ID) for change in (_confirm, _ship, _deliver, _cancel)]

    assert {_refusal(answer) for answer in answers} == {(404, "not-found")}


@pytest.mark.parametrize(("method", "step"), [("POST", "confirm"), ("PUT", "status"), ("POST", "refunds")])
def test_a_customer_who_does_an_admins_work_is_answered_403_for_any_order(
    shop: Shop, customer: Customer, somebody: Customer, method: str, step: str
) -> None:
    orders = [shop.order(customer, shop.product()), shop.order(somebody, shop.product()), UNUSED_ID]
    before = shop.contents()

    answers = [
        shop.ask(method, f"/orders/{order_id}/{step}", by=customer, json={"nonsense": True}) for order_id in orders
    ]

    assert {_refusal(answer) for answer in answers} == {(403, "forbidden")}
    assert shop.contents() == before


def test_a_product_that_changes_after_it_was_ordered_leaves_the_order_as_it_was(
    shop: Shop, customer: Customer, admin: Customer
) -> None:
    product_id = shop.product(price_minor=1999)
    order_id = shop.order(customer, product_id)
    before = _order(shop, customer, order_id)
    details = a_product_body(name="Pot", price=99, sku=uuid.uuid4().hex, version=1)

    changed = shop.ask("PUT", f"/products/{product_id}", by=admin, json=details)

    assert changed.status_code == 200
    assert _order(shop, customer, order_id) == before


def test_a_product_that_is_archived_after_it_was_ordered_stays_in_the_order_and_can_be_given_back(
    shop: Shop, customer: Customer, admin: Customer
) -> None:
    product_id = shop.product()
    order_id = shop.order(customer, product_id)
    before = _order(shop, customer, order_id)

    shop.ask("DELETE", f"/products/{product_id}", by=admin)

    assert _order(shop, customer, order_id) == before
    assert shop.ask("GET", "/orders", by=customer).json()["items"] == [before]
    given_back = [{**line, "returned": line["quantity"]} for line in before["lines"]]
    assert _cancel(shop, customer, order_id).json()["lines"] == given_back


def test_the_new_price_is_what_the_next_order_costs(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(price_minor=1999)
    details = a_product_body(price="60.00", sku=uuid.uuid4().hex, version=1)
    shop.ask("PUT", f"/products/{product_id}", by=admin, json=details)

    assert _place(shop, customer, product_id).json()["total"] == "60.00"


def _place(
    shop: Shop, by: Customer, product_id: int, quantity: int = 1, *, key: str | None = None, **more: Any
) -> Response:
    body = {"product_id": product_id, "quantity": quantity, "address": "1 Main Street", **more}
    return shop.ask("POST", "/orders", by=by, json=body, headers={"Idempotency-Key": key} if key else {})


def _confirm(shop: Shop, by: Customer, order_id: int) -> Response:
    return shop.ask("POST", f"/orders/{order_id}/confirm", by=by, json={"reference": "bank transfer 3"})


def _ship(shop: Shop, by: Customer, order_id: int) -> Response:
    return shop.ask("PUT", f"/orders/{order_id}/status", by=by, json=SHIPPED)


def _deliver(shop: Shop, by: Customer, order_id: int) -> Response:
    return shop.ask("PUT", f"/orders/{order_id}/status", by=by, json=DELIVERED)


def _cancel(shop: Shop, by: Customer, order_id: int) -> Response:
    return shop.ask("POST", f"/orders/{order_id}/cancel", by=by)


def _order(shop: Shop, by: Customer, order_id: int) -> dict[str, Any]:
    order: dict[str, Any] = shop.ask("GET", f"/orders/{order_id}", by=by).json()
    return order


def _ids(shop: Shop, by: Customer, **query: object) -> list[int]:
    return [order["id"] for order in shop.ask("GET", "/orders", by=by, query=query).json()["items"]]


def _actions(shop: Shop, by: Customer, order_id: int) -> list[str]:
    return [entry["action"] for entry in shop.ask("GET", f"/orders/{order_id}/history", by=by).json()["items"]]


def _announced(shop: Shop, order_id: int) -> list[str]:
    sql = "SELECT type FROM outbox WHERE aggregate = %(aggregate)s ORDER BY id"
    return [row["type"] for row in shop.database.rows(sql, {"aggregate": f"order:{order_id}"})]


def _stock(shop: Shop, *product_ids: int) -> list[int]:
    return [shop.ask("GET", f"/products/{product_id}").json()["stock"] for product_id in product_ids]


def _item(product_id: int, quantity: int) -> dict[str, int]:
    return {"product_id": product_id, "quantity": quantity}


def _state(answer: Response) -> tuple[str, str]:
    return answer.json()["status"], answer.json()["payment_status"]


def _refusal(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def _fields(answer: Response) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]
