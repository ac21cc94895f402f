"""Parcels that come back and shipments that are corrected; Shop.ask checks every answer against the description."""

from typing import Any

import pytest
from requests import Response

from tests.support.shop import Customer, Shop

_SHIPPED = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD014600003SE"}


def _shipped(shop: Shop, customer: Customer, admin: Customer, product_id: int, quantity: int = 2) -> int:
    order_id = shop.order(customer, product_id, quantity, payment_method="cash_on_delivery")
    assert shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json=_SHIPPED).status_code == 200
    return order_id


def _return(shop: Shop, admin: Customer, order_id: int, *restock: tuple[int, int]) -> Response:
    lines = [{"product_id": product_id, "quantity": quantity} for product_id, quantity in restock]
    body = {"status": "returned", "restock": lines, "reason": "not collected"}
    return shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json=body)


def _correct(shop: Shop, by: Customer, order_id: int, **body: Any) -> Response:
    headers = {"If-Match": body.pop("if_match")} if "if_match" in body else {}
    return shop.ask("PATCH", f"/orders/{order_id}/shipment", by=by, json=body, headers=headers)


def test_a_returned_order_is_in_views_filters_and_events(shop: Shop, customer: Customer, admin: Customer) -> None:
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


def test_more_units_than_came_back_answer_409_by_the_quantity(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(stock=5)
    order_id = _shipped(shop, customer, admin, product_id)

    answer = _return(shop, admin, order_id, (product_id, 3))

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:microshop:problem:restock-too-large")
    assert answer.json()["errors"] == [{"field": "restock.0.quantity", "reason": "only 2 came back"}]


def test_an_order_that_is_not_on_its_way_does_not_come_back(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(stock=5)
    order_id = _shipped(shop, customer, admin, product_id)
    shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json={"status": "delivered"})

    answer = _return(shop, admin, order_id, (product_id, 1))

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:microshop:problem:wrong-order-state")


def _paid_and_returned(shop: Shop, customer: Customer, admin: Customer) -> int:
    order_id = shop.order(customer, shop.product(stock=5), 2)
    shop.ask("POST", f"/orders/{order_id}/confirm", by=admin, json={"reference": "bank transfer"})
    shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json=_SHIPPED)
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


@pytest.mark.parametrize(
    ("refund", "reason"),
    [("1.005", "decimal"), ("-1", "amount"), (True, "amount")],
)
def test_an_impossible_refund_of_a_return_answers_400_by_its_field(
    shop: Shop, customer: Customer, admin: Customer, refund: object, reason: str
) -> None:
    order_id = _paid_and_returned(shop, customer, admin)

    answer = _settle(shop, admin, order_id, refund)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], reason in error["reason"]) == (400, "refund", True)


def test_a_return_settles_for_no_more_than_was_paid(shop: Shop, customer: Customer, admin: Customer) -> None:
    answer = _settle(shop, admin, _paid_and_returned(shop, customer, admin), "9999.00")

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:microshop:problem:refund-too-large")
    assert answer.json()["errors"] == [{"field": "refund", "reason": "is more than was paid"}]


def test_a_return_is_settled_by_admins_where_there_is_money(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(stock=5)
    order_id = _shipped(shop, customer, admin, product_id)
    early = _settle(shop, admin, order_id, 0)
    _return(shop, admin, order_id)

    assert (early.status_code, _settle(shop, admin, order_id, 0).status_code) == (409, 409)
    assert early.json()["detail"].endswith("there is no return with money to settle.")
    assert _settle(shop, customer, order_id, 0).status_code == 403
    assert _settle(shop, admin, 1, 0).status_code == 404


def test_a_corrected_shipment_is_shown_with_a_new_etag(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = _shipped(shop, customer, admin, shop.product(stock=5))

    by_header = _correct(shop, admin, order_id, tracking_number="JD1", if_match='"2"')
    by_body = _correct(shop, admin, order_id, carrier="UPS", version=3)
    same = _correct(shop, admin, order_id, carrier="UPS", tracking_number="JD1", if_match="*")

    assert [answer.headers["ETag"] for answer in (by_header, by_body, same)] == ['"3"', '"4"', '"4"']
    order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    shown = (order["status"], order["carrier"], order["tracking_number"], order["version"])
    assert shown == ("shipped", "UPS", "JD1", 4)


def test_a_blank_part_of_a_correction_leaves_that_part(shop: Shop, customer: Customer, admin: Customer) -> None:
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


def test_a_shipment_is_corrected_by_admins_while_it_is_on_its_way(
    shop: Shop, customer: Customer, admin: Customer
) -> None:
    product_id = shop.product(stock=5)
    pending, shipped = shop.order(customer, product_id), _shipped(shop, customer, admin, product_id)

    assert _correct(shop, customer, shipped, carrier="UPS", version=2).status_code == 403
    refused = _correct(shop, admin, pending, carrier="UPS", version=1)
    assert refused.status_code == 409
    assert refused.json()["detail"] == "The order is pending and unpaid; its shipment cannot be corrected."
    assert _correct(shop, admin, 2**62, carrier="UPS", version=1).status_code == 404
