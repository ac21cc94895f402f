"""The address book over HTTP. Shop.ask validates each response against docs/openapi.yaml."""

from typing import Any

from requests import Response

from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_HOME = {"recipient": "Ada", "street": "1 Main Street", "city": "Berlin", "postal_code": "10115", "country": "DE"}
_OFFICE = _HOME | {"street": "2 High Street", "phone": "+49 30 555 0100"}


def _add(shop: Shop, by: Customer, address: object, *, key: str = "", **more: object) -> Response:
    headers = {"Idempotency-Key": key} if key else {}
    return shop.ask("POST", "/users/addresses", by=by, json={"address": address, **more}, headers=headers)


def _list(shop: Shop, by: Customer) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = shop.ask("GET", "/users/addresses", by=by).json()["items"]
    return items


def _order(shop: Shop, by: Customer, **more: object) -> Response:
    return shop.ask("POST", "/orders", by=by, json={"product_id": shop.product(), "quantity": 1, **more})


def _fields(answer: Response) -> list[str]:
    return [each["field"] for each in answer.json()["errors"]]


def test_customer_adds_changes_and_deletes_addresses(shop: Shop, customer: Customer) -> None:
    home = _add(shop, customer, _HOME)
    office = _add(shop, customer, _OFFICE, is_default=True).json()
    assert (home.status_code, home.headers["Location"], home.json()["is_default"]) == (
        201,
        "/api/v1/users/addresses",
        True,
    )
    assert [(item["id"], item["is_default"]) for item in _list(shop, customer)] == [
        (office["id"], True),
        (home.json()["id"], False),
    ]

    home_id, current = home.json()["id"], {"If-Match": '"1"'}
    changed = shop.ask("PUT", f"/users/addresses/{home_id}", by=customer, json={"address": _OFFICE}, headers=current)

    assert (changed.status_code, changed.headers["ETag"], changed.json()["address"]) == (200, '"2"', _OFFICE)
    assert changed.json()["address_lines"] == ["Ada", "2 High Street", "10115 Berlin", "GERMANY"]
    assert shop.ask("DELETE", f"/users/addresses/{home_id}", by=customer).status_code == 204
    assert [item["id"] for item in _list(shop, customer)] == [office["id"]]


def test_change_with_a_stale_or_no_version_is_refused(shop: Shop, customer: Customer) -> None:
    path, body = f"/users/addresses/{_add(shop, customer, _HOME).json()['id']}", {"address": _OFFICE}

    answers = [
        shop.ask("PUT", path, by=customer, json=body),
        shop.ask("PUT", path, by=customer, json=body | {"version": 2}),
        shop.ask("PUT", path, by=customer, json=body, headers={"If-Match": '"2"'}),
    ]

    assert [refusal(answer) for answer in answers] == [
        (428, "precondition-required"),
        (409, "version-conflict"),
        (412, "precondition-failed"),
    ]


def test_wrong_address_names_its_fields(shop: Shop, customer: Customer) -> None:
    answer = _add(shop, customer, {**_HOME, "postal_code": "1", "street": ""}, is_default="yes")

    assert (answer.status_code, _fields(answer)) == (400, ["address.street", "is_default"])
    assert _fields(_add(shop, customer, {**_HOME, "postal_code": "1"})) == ["address.postal_code"]
    assert _fields(_add(shop, customer, "1 Main Street")) == ["address"]


def test_repeated_request_adds_one_address(shop: Shop, customer: Customer) -> None:
    answers = [_add(shop, customer, _HOME, key="k").json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(_list(shop, customer)) == 1


def test_twenty_first_address_answers_409(shop: Shop, customer: Customer) -> None:
    for _ in range(20):
        _add(shop, customer, _HOME)

    assert refusal(_add(shop, customer, _HOME)) == (409, "conflict")


def test_addresses_of_somebody_else_answer_404(shop: Shop, customer: Customer, somebody: Customer) -> None:
    path = f"/users/addresses/{_add(shop, customer, _HOME).json()['id']}"

    answers = [
        shop.ask("PUT", path, by=somebody, json={"address": _OFFICE, "version": 1}),
        shop.ask("DELETE", path, by=somebody),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert [item["address"] for item in _list(shop, customer)] == [_HOME]


def test_order_copies_the_address_and_keeps_it(shop: Shop, customer: Customer) -> None:
    saved = _add(shop, customer, _HOME).json()

    order_id = _order(shop, customer, address_id=saved["id"]).json()["order_id"]
    shop.ask("PUT", f"/users/addresses/{saved['id']}", by=customer, json={"address": _OFFICE, "version": 1})
    shop.ask("DELETE", f"/users/addresses/{saved['id']}", by=customer)

    order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    assert order["address"] == _HOME


def test_order_to_the_address_of_somebody_else_is_refused(shop: Shop, customer: Customer, somebody: Customer) -> None:
    saved = _add(shop, customer, _HOME).json()

    answers = [_order(shop, by, address_id=found) for by, found in ((somebody, saved["id"]), (customer, 2**62))]

    assert [(answer.status_code, _fields(answer)) for answer in answers] == [(400, ["address_id"])] * 2


def test_order_has_exactly_one_of_address_and_address_id(shop: Shop, customer: Customer) -> None:
    saved = _add(shop, customer, _HOME).json()

    neither, both = _order(shop, customer), _order(shop, customer, address=_HOME, address_id=saved["id"])

    assert [(answer.status_code, _fields(answer)) for answer in (neither, both)] == [
        (400, ["address"]),
        (400, ["address_id"]),
    ]
