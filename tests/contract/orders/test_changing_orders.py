"""Orders are confirmed, shipped, delivered and cancelled; Shop.ask checks each answer against the description."""

import uuid

import pytest

from tests.contract.orders.ordering import (
    UNUSED_ID,
    actions_of,
    cancel,
    confirm,
    deliver,
    order_of,
    ship,
    state_of,
    stock_of,
)
from tests.support.answers import refusal
from tests.support.product_builders import a_product_body
from tests.support.shop import Customer, Shop


def test_an_order_is_confirmed_shipped_and_delivered(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())

    states = [state_of(answer) for answer in (change(shop, admin, order_id) for change in (confirm, ship, deliver))]

    assert states == [("confirmed", "paid"), ("shipped", "paid"), ("delivered", "paid")]
    order = order_of(shop, customer, order_id)
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


def test_cash_on_delivery_is_paid_on_delivery(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product(), payment_method="cash_on_delivery")

    states = [state_of(change(shop, admin, order_id)) for change in (ship, deliver)]

    assert states == [("shipped", "unpaid"), ("delivered", "paid")]
    assert actions_of(shop, customer, order_id) == ["placed", "shipped", "delivered"]


def test_every_change_of_an_order_publishes_an_event(shop: Shop, customer: Customer, admin: Customer) -> None:
    delivered, cancelled = (shop.order(customer, shop.product()) for _ in range(2))

    for change in (confirm, ship, deliver):
        change(shop, admin, delivered)
    cancel(shop, customer, cancelled)

    assert _published(shop, delivered) == ["OrderCreated", "OrderConfirmed", "OrderShipped", "OrderDelivered"]
    assert _published(shop, cancelled) == ["OrderCreated", "OrderCancelled"]


@pytest.mark.parametrize("body", [None, {}, {"reason": "ordered by mistake"}])
def test_cancelling_answers_200_with_or_without_a_reason(
    shop: Shop, customer: Customer, body: dict[str, str] | None
) -> None:
    order_id = shop.order(customer, shop.product())

    answer = shop.ask("POST", f"/orders/{order_id}/cancel", by=customer, json=body)

    assert (answer.status_code, state_of(answer)) == (200, ("cancelled", "unpaid"))
    last = shop.ask("GET", f"/orders/{order_id}/history", by=customer).json()["items"][-1]
    assert (last["actor"], last["note"]) == ("customer", (body or {}).get("reason"))


def test_an_order_is_cancelled_and_restocked_once(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(stock=5)
    order_id = shop.order(customer, product_id, 2)

    answers = [cancel(shop, customer, order_id) for _ in range(2)]

    assert answers[0].status_code == 200
    assert refusal(answers[1]) == (409, "wrong-order-state")
    assert stock_of(shop, product_id) == [5]


def test_an_admin_cancels_for_a_customer(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())

    assert cancel(shop, admin, order_id).status_code == 200

    last = shop.ask("GET", f"/orders/{order_id}/history", by=customer).json()["items"][-1]
    assert (last["action"], last["actor"]) == ("cancelled", "admin")


def test_cancelling_an_order_paid_offline_leaves_it_paid(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    confirm(shop, admin, order_id)

    assert state_of(cancel(shop, customer, order_id)) == ("cancelled", "paid")


# The steps of an order so far, and the steps that its state then forbids.
@pytest.mark.parametrize(
    ("payment_method", "steps", "forbidden"),
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
def test_a_change_that_the_state_forbids_answers_409(
    shop: Shop, admin: Customer, payment_method: str, steps: tuple[str, ...], forbidden: tuple[str, ...]
) -> None:
    changes = {"confirm": confirm, "ship": ship, "deliver": deliver, "cancel": cancel}
    order_id = shop.order(admin, shop.product(), payment_method=payment_method)
    for step in steps:
        assert changes[step](shop, admin, order_id).status_code == 200
    before = shop.contents()

    answers = [changes[step](shop, admin, order_id) for step in forbidden]

    assert {refusal(answer) for answer in answers} == {(409, "wrong-order-state")}
    assert shop.contents() == before


def test_changing_an_unknown_order_answers_404(shop: Shop, admin: Customer) -> None:
    answers = [change(shop, admin, UNUSED_ID) for change in (confirm, ship, deliver, cancel)]

    assert {refusal(answer) for answer in answers} == {(404, "not-found")}


def test_a_changed_product_leaves_its_orders_unchanged(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(price_minor=1999)
    order_id = shop.order(customer, product_id)
    before = order_of(shop, customer, order_id)
    details = a_product_body(name="Pot", price=99, sku=uuid.uuid4().hex, version=1)

    changed = shop.ask("PUT", f"/products/{product_id}", by=admin, json=details)

    assert changed.status_code == 200
    assert order_of(shop, customer, order_id) == before


def test_an_archived_product_stays_in_its_orders_and_can_be_restocked(
    shop: Shop, customer: Customer, admin: Customer
) -> None:
    product_id = shop.product()
    order_id = shop.order(customer, product_id)
    before = order_of(shop, customer, order_id)

    shop.ask("DELETE", f"/products/{product_id}", by=admin)

    assert order_of(shop, customer, order_id) == before
    assert shop.ask("GET", "/orders", by=customer).json()["items"] == [before]
    restocked = [{**line, "returned": line["quantity"]} for line in before["lines"]]
    assert cancel(shop, customer, order_id).json()["lines"] == restocked


def test_a_change_answers_the_changed_order_with_its_etag(shop: Shop, admin: Customer) -> None:
    order_id = shop.order(admin, shop.product())

    for change in (confirm, ship, deliver):
        answer = change(shop, admin, order_id)
        shown = shop.ask("GET", f"/orders/{order_id}", by=admin)
        assert (answer.json(), answer.headers["ETag"]) == (shown.json(), shown.headers["ETag"])


def _published(shop: Shop, order_id: int) -> list[str]:
    sql = "SELECT type FROM outbox WHERE aggregate = %(aggregate)s ORDER BY id"
    return [row["type"] for row in shop.database.rows(sql, {"aggregate": f"order:{order_id}"})]
