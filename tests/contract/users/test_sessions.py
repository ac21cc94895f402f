"""Sessions over HTTP: their devices, and ending them. Shop.ask validates each response against docs/openapi.yaml."""

from datetime import datetime, timedelta
from typing import Any

from tests.support.shop import Customer, Shop

_TIMES = ("created_at", "last_seen_at", "expires_at")
_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"


def _log_in(shop: Shop, customer: Customer, user_agent: str) -> Customer:
    body = {"email": customer.email, "password": customer.password}
    answer = shop.ask("POST", "/users/login", json=body, headers={"User-Agent": user_agent})
    return Customer(customer.id, customer.email, customer.password, answer.json()["token"])


def _sessions(shop: Shop, by: Customer) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = shop.ask("GET", "/users/sessions", by=by).json()["items"]
    return items


def _works(shop: Shop, by: Customer) -> bool:
    return shop.ask("GET", "/users/profile", by=by).status_code == 200


def test_list_names_the_devices_and_the_session_of_the_request(shop: Shop) -> None:
    customer = shop.customer()
    laptop, phone = _log_in(shop, customer, _FIREFOX), _log_in(shop, customer, _IPHONE)
    shop.ask("POST", "/users/logout", by=customer)

    found = {item["device"]: item["current"] for item in _sessions(shop, phone)}

    assert found == {"Firefox on Linux": False, "Safari on iPhone": True}
    # Redis counts the seconds since the last use from another second's beginning.
    times = [[datetime.fromisoformat(item[name]) for name in _TIMES] for item in _sessions(shop, laptop)]
    assert all(opened - seen <= timedelta(seconds=1) and seen < expiry for opened, seen, expiry in times)


def test_ended_session_no_longer_works_and_is_not_listed(shop: Shop) -> None:
    customer = shop.customer()
    phone = _log_in(shop, customer, _IPHONE)
    [lost] = [item["id"] for item in _sessions(shop, customer) if item["device"] == "Safari on iPhone"]

    assert shop.ask("DELETE", f"/users/sessions/{lost}", by=customer).status_code == 204

    assert (_works(shop, phone), _works(shop, customer)) == (False, True)
    assert [item["id"] for item in _sessions(shop, customer) if item["id"] == lost] == []
    assert shop.ask("DELETE", f"/users/sessions/{lost}", by=customer).status_code == 404


def test_session_of_somebody_else_answers_404_and_goes_on(shop: Shop) -> None:
    customer, stranger = shop.customer(), shop.customer()
    [theirs] = _sessions(shop, stranger)

    assert shop.ask("DELETE", f"/users/sessions/{theirs['id']}", by=customer).status_code == 404

    assert _works(shop, stranger)


def test_ending_the_others_keeps_only_the_session_of_the_request(shop: Shop) -> None:
    customer = shop.customer()
    laptop, phone = _log_in(shop, customer, _FIREFOX), _log_in(shop, customer, _IPHONE)

    assert shop.ask("DELETE", "/users/sessions", by=laptop).status_code == 204

    assert [_works(shop, each) for each in (customer, laptop, phone)] == [False, True, False]
    assert [item["current"] for item in _sessions(shop, laptop)] == [True]
