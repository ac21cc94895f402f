"""Returned parcels and corrected shipments; Shop.ask checks each answer against the description."""

from typing import Any

from requests import Response

from tests.contract.orders.ordering import SHIPPED, UNUSED_ID
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop


def _shipped(shop: Shop, customer: Customer, admin: Customer, product_id: int, quantity: int = 2) -> int:
    order_id = shop.order(customer, product_id, quantity, payment_method="cash_on_delivery")
    assert shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json=SHIPPED).status_code == 200
    return order_id


def _return(shop: Shop, admin: Customer, order_id: int, *restock: tuple[int, int]) -> Response:
    lines = [{"product_id": product_id, "quantity": quantity} for product_id, quantity in restock]
    body = {"status": "returned", "restock": lines, "reason": "not collected"}
    return shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json=body)


def _correct(shop: Shop, by: Customer, order_id: int, **body: Any) -> Response:
    headers = {"If-Match": body.pop("if_match")} if "if_match" in body else {}
    return shop.ask("PATCH", f"/orders/{order_id}/shipment", by=by, json=body, headers=headers)


def test_a_returned_order_shows_in_views_lists_and_history(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(stock=5)
    order_id = _shipped(shop, customer, admin, product_id)

    order = _return(shop, admin, order_id, (product_id, 1)).json()

    assert (order["status"], order["payment_status"], order["paid"]) == ("returned", "unpaid", "0.00")
    assert shop.ask("GET", f"/orders/{order_id}", by=customer).json() == order
    listed = shop.ask("GET", "/orders", by=customer, query={"status": "returned"}).json()["items"]
    assert [each["id"] for each in listed] == [order_id]
    entry = shop.ask("GET", f"/orders/{order_id}/history", by=customer).json()["items"][-1]
    assert (entry["action"], entry["note"], entry["actor"]) == ("returned", "not collected", "admin")
    assert shop.database.rows("SELECT stock FROM products WHERE id = %(id)s", {"id": product_id}) == [{"stock": 4}]


def test_restocking_more_than_came_back_answers_409_by_the_quantity(
    shop: Shop, customer: Customer, admin: Customer
) -> None:
    product_id = shop.product(stock=5)
    order_id = _shipped(shop, customer, admin, product_id)

    answer = _return(shop, admin, order_id, (product_id, 3))

    assert refusal(answer) == (409, "restock-too-large")
    assert answer.json()["errors"] == [{"field": "restock.0.quantity", "reason": "only 2 came back"}]


def test_a_delivered_order_cannot_be_returned(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(stock=5)
    order_id = _shipped(shop, customer, admin, product_id)
    shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json={"status": "delivered"})

    answer = _return(shop, admin, order_id, (product_id, 1))

    assert refusal(answer) == (409, "wrong-order-state")


def _paid_and_returned(shop: Shop, customer: Customer, admin: Customer) -> int:
    order_id = shop.order(customer, shop.product(stock=5), 2)
    shop.ask("POST", f"/orders/{order_id}/confirm", by=admin, json={"reference": "bank transfer"})
    shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json=SHIPPED)
    _return(shop, admin, order_id)
    return order_id


def _settle(shop: Shop, by: Customer, order_id: int, refund: object, reason: str = "used") -> Response:
    return shop.ask("PUT", f"/orders/{order_id}/settlement", by=by, json={"refund": refund, "reason": reason})


def test_a_settled_return_shows_amount_and_reason(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = _paid_and_returned(shop, customer, admin)
    assert shop.ask("GET", f"/orders/{order_id}", by=customer).json()["return_refund"] is None

    answer = _settle(shop, admin, order_id, "10.00", "the shipping fee is not refunded")

    order = answer.json()
    assert (answer.status_code, order["status"], order["payment_status"]) == (200, "returned", "paid")
    assert (order["return_refund"], answer.headers["ETag"]) == ("10.00", f'"{order["version"]}"')
    assert shop.ask("GET", f"/orders/{order_id}", by=customer).json() == order
    entry = shop.ask("GET", f"/orders/{order_id}/history", by=customer).json()["items"][-1]
    assert (entry["action"], entry["note"]) == ("return_settled", "10.00 USD: the shipping fee is not refunded")


def test_an_invalid_refund_of_a_return_answers_400_by_its_field(
    shop: Shop, customer: Customer, admin: Customer
) -> None:
    order_id = _paid_and_returned(shop, customer, admin)

    for refund, reason in (("1.005", "decimal"), ("-1", "amount"), (True, "amount")):
        answer = _settle(shop, admin, order_id, refund)
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["field"]) == (400, "refund"), refund
        assert reason in error["reason"], refund


def test_settling_a_return_for_more_than_was_paid_answers_409(shop: Shop, customer: Customer, admin: Customer) -> None:
    answer = _settle(shop, admin, _paid_and_returned(shop, customer, admin), "9999.00")

    assert refusal(answer) == (409, "refund-too-large")
    assert answer.json()["errors"] == [{"field": "refund", "reason": "exceeds the paid amount"}]


def test_a_return_without_a_payment_has_nothing_to_settle(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(stock=5)
    order_id = _shipped(shop, customer, admin, product_id)
    early = _settle(shop, admin, order_id, 0)
    _return(shop, admin, order_id)

    assert (early.status_code, _settle(shop, admin, order_id, 0).status_code) == (409, 409)
    assert early.json()["detail"].endswith("there is no return with money to settle.")


def test_a_corrected_shipment_is_shown_with_a_new_etag(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = _shipped(shop, customer, admin, shop.product(stock=5))

    by_header = _correct(shop, admin, order_id, tracking_number="JD1", if_match='"2"')
    by_body = _correct(shop, admin, order_id, carrier="UPS", version=3)
    same = _correct(shop, admin, order_id, carrier="UPS", tracking_number="JD1", if_match="*")

    assert [answer.headers["ETag"] for answer in (by_header, by_body, same)] == ['"3"', '"4"', '"4"']
    order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    shown = (order["status"], order["carrier"], order["tracking_number"], order["version"])
    assert shown == ("shipped", "UPS", "JD1", 4)


def test_a_blank_field_of_a_correction_changes_nothing(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = _shipped(shop, customer, admin, shop.product(stock=5))

    corrected = _correct(shop, admin, order_id, carrier=" ", tracking_number="JD1", version=2)

    assert (corrected.json()["carrier"], corrected.json()["tracking_number"]) == ("DHL", "JD1")
    assert _correct(shop, admin, order_id, carrier="", tracking_number="", version=3).status_code == 400


def test_a_correction_of_another_version_is_refused(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = _shipped(shop, customer, admin, shop.product(stock=5))

    answers = [
        _correct(shop, admin, order_id, carrier="UPS"),
        _correct(shop, admin, order_id, carrier="UPS", if_match='"1"'),
        _correct(shop, admin, order_id, carrier="UPS", version=1),
    ]

    assert [answer.status_code for answer in answers] == [428, 412, 409]


def test_a_shipment_cannot_be_corrected_before_it_is_sent(shop: Shop, customer: Customer, admin: Customer) -> None:
    pending = shop.order(customer, shop.product())

    refused = _correct(shop, admin, pending, carrier="UPS", version=1)

    assert refused.status_code == 409
    assert refused.json()["detail"] == "The order is pending and unpaid; its shipment cannot be corrected."


def test_correcting_or_settling_an_unknown_order_answers_404(shop: Shop, admin: Customer) -> None:
    answers = [
        _correct(shop, admin, UNUSED_ID, carrier="UPS", version=1),
        _settle(shop, admin, UNUSED_ID, 0),
    ]

    assert [refusal(answer) for answer in answers] == [(404, "not-found")] * 2
