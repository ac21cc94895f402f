"""Customers and admins read and list orders; Shop.ask checks each answer against the description."""

import json

import pytest

from tests.contract.orders.ordering import (
    UNUSED_ID,
    actions_of,
    cancel,
    confirm,
    order_ids,
    order_of,
    place,
)
from tests.support.answers import refusal, refused_fields
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers
from tests.support.templates import ROOT


def test_an_order_answers_304_until_it_changes(shop: Shop, customer: Customer, admin: Customer) -> None:
    path = f"/orders/{shop.order(customer, shop.product())}"
    first = shop.ask("GET", path, by=customer)
    cached = {"If-None-Match": first.headers["ETag"]}

    second = shop.ask("GET", path, by=customer, headers=cached)
    confirm(shop, admin, first.json()["id"])
    third = shop.ask("GET", path, by=customer, headers=cached)

    assert [answer.status_code for answer in (first, second, third)] == [200, 304, 200]
    assert second.content == b""
    assert first.headers["ETag"] == second.headers["ETag"] != third.headers["ETag"]


def test_the_order_of_another_customer_answers_404_like_an_unknown_one(
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
        assert {refusal(answer) for answer in answers} == {(404, "not-found")}
        assert problems[0] == problems[1]

    assert shop.contents() == before


def test_if_none_match_does_not_reveal_the_order_of_another_customer(
    shop: Shop, customer: Customer, somebody: Customer
) -> None:
    theirs = shop.order(somebody, shop.product())

    assert shop.ask("GET", f"/orders/{theirs}", by=customer, headers={"If-None-Match": "*"}).status_code == 404


def test_an_admin_reads_the_orders_and_histories_of_all_customers(
    shop: Shop, customer: Customer, admin: Customer
) -> None:
    order_id = shop.order(customer, shop.product())

    assert order_of(shop, admin, order_id)["user_id"] == customer.id
    assert actions_of(shop, admin, order_id) == ["placed"]


def test_the_list_of_a_new_customer_is_empty(shop: Shop, customer: Customer) -> None:
    assert shop.ask("GET", "/orders", by=customer).json() == {"items": [], "next_cursor": None, "count": None}


def test_the_list_shows_the_customers_own_orders_newest_first(
    shop: Shop, customer: Customer, somebody: Customer
) -> None:
    product_id = shop.product()
    placed = [shop.order(by, product_id) for by in (customer, somebody, customer, customer)]

    items = shop.ask("GET", "/orders", by=customer).json()["items"]

    assert [order["id"] for order in items] == [placed[3], placed[2], placed[0]]
    assert items[0] == order_of(shop, customer, placed[3])


def test_a_customer_cannot_filter_by_customer(shop: Shop, customer: Customer, somebody: Customer) -> None:
    for account in (customer, somebody):
        for filter_by in ({"user_id": account.id}, {"customer": account.id}, {"email": account.email}):
            answer = shop.ask("GET", "/orders", by=customer, query=filter_by)
            assert refused_fields(answer) == [*filter_by]


def test_an_order_is_found_by_its_number_in_any_spelling(shop: Shop, customer: Customer) -> None:
    placed = [place(shop, customer, shop.product()).json() for _ in range(2)]
    number = placed[0]["order_number"]

    spellings = [number, number.lower(), number.replace("-", ""), f" {number} "]
    found = [order_ids(shop, customer, order_number=spelling) for spelling in spellings]
    assert found == [[placed[0]["order_id"]]] * 4


def test_number_and_reference_find_only_orders_of_the_caller(
    shop: Shop, customer: Customer, somebody: Customer, admin: Customer
) -> None:
    placed = place(shop, somebody, shop.product()).json()
    reference = f"bank transfer {placed['order_id']}"
    shop.ask("POST", f"/orders/{placed['order_id']}/confirm", by=admin, json={"reference": reference})

    for query in ({"order_number": placed["order_number"]}, {"payment_reference": reference}):
        assert order_ids(shop, customer, **query) == []
        assert order_ids(shop, somebody, **query) == order_ids(shop, admin, **query) == [placed["order_id"]]


def test_an_admin_finds_orders_by_email(shop: Shop, customer: Customer, somebody: Customer, admin: Customer) -> None:
    product_id = shop.product()
    placed = [shop.order(by, product_id) for by in (customer, somebody, customer)]

    assert order_ids(shop, admin, email=f"{customer.email.upper()} ") == [placed[2], placed[0]]
    assert order_ids(shop, admin, email="nobody-at-all@example.com") == []


def test_every_filter_lists_the_matching_orders(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(price_minor=1999)
    cash = shop.order(customer, product_id, payment_method="cash_on_delivery")
    waiting = shop.order(customer, product_id, 2)
    paid = shop.order(customer, product_id, 3)
    cancelled = shop.order(customer, product_id)
    confirm(shop, admin, paid)
    cancel(shop, customer, cancelled)
    second, third = (order_of(shop, customer, order_id)["created_at"] for order_id in (waiting, paid))
    rows: list[tuple[dict[str, object], list[int]]] = [
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

    def of_the_customer(filters: dict[str, object]) -> list[int]:
        return order_ids(shop, customer, **filters)

    def of_an_admin(filters: dict[str, object]) -> list[int]:
        return order_ids(shop, admin, **filters, customer=customer.id)

    assert wrong_answers(of_the_customer, rows) == []
    assert wrong_answers(of_an_admin, rows) == []


def test_the_list_of_an_admin_has_the_orders_of_all_customers(
    shop: Shop, customer: Customer, somebody: Customer, admin: Customer
) -> None:
    product_id = shop.product()
    placed = [shop.order(by, product_id) for by in (customer, somebody, admin)]

    assert order_ids(shop, admin, limit=3) == placed[::-1]


@pytest.mark.parametrize("query", [{}, {"status": "pending"}, {"payment_status": "unpaid"}, {"min_total": "1"}])
def test_pages_neither_repeat_nor_skip_orders_while_new_ones_arrive(
    shop: Shop, customer: Customer, admin: Customer, query: dict[str, str]
) -> None:
    product_id = shop.product(stock=99)
    existing = [shop.order(customer, product_id) for _ in range(5)][::-1]

    for by, filters in ((customer, {}), (admin, {"user_id": customer.id})):
        seen, cursor = list[int](), None
        while True:
            page_query = {**query, **filters, "limit": 2, **({"cursor": cursor} if cursor else {})}
            page = shop.ask("GET", "/orders", by=by, query=page_query).json()
            seen += [order["id"] for order in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            shop.order(customer, product_id)
        assert [order_id for order_id in seen if order_id in existing] == existing
        assert len(seen) == len(set(seen))


def test_an_admin_pages_through_all_orders(shop: Shop, admin: Customer) -> None:
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


def test_the_sample_event_of_the_order_list_finds_demo_orders(shop: Shop, admin: Customer) -> None:
    sample = json.loads((ROOT / "events" / "list_orders.json").read_text(encoding="utf-8"))

    answer = shop.ask("GET", "/orders", by=admin, query=sample["queryStringParameters"])

    assert answer.json()["items"]
