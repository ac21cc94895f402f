"""Notes on orders; Shop.ask validates every response against docs/openapi.yaml."""

from tests.support.shop import Customer, Shop

_TEXT = "Mrs Smith calls back on Monday"


def test_notes_are_added_once_per_key_and_listed_newest_first(shop: Shop, customer: Customer, admin: Customer) -> None:
    path = f"/admin/orders/{shop.order(customer, shop.product())}/notes"

    answers = [
        shop.ask("POST", path, by=admin, json={"text": text}, headers={"Idempotency-Key": key})
        for text, key in ((_TEXT, "a"), (_TEXT, "a"), ("second", "b"))
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    first, repeated, second = (answer.json() for answer in answers)
    assert first == repeated
    assert (first["user_id"], first["text"]) == (admin.id, _TEXT)
    assert shop.ask("GET", path, by=admin).json() == {"items": [second, first]}


def test_customers_and_unknown_orders_have_no_notes(shop: Shop, customer: Customer, admin: Customer) -> None:
    path = f"/admin/orders/{shop.order(customer, shop.product())}/notes"

    assert shop.ask("GET", path, by=customer).status_code == 403
    assert shop.ask("GET", "/admin/orders/1/notes", by=admin).status_code == 404
    assert shop.ask("POST", "/admin/orders/1/notes", by=admin, json={"text": "x"}).status_code == 404
