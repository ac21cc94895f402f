"""Exports of a person's data: asked for with the password, fetched with a new link each time."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from tests.support.shop import Customer, Shop


def _ask(shop: Shop, customer: Customer) -> requests.Response:
    return shop.ask("POST", "/users/data-exports", by=customer, json={"current_password": customer.password})


def test_requested_export_can_be_downloaded_when_it_is_ready(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product(), address="Ada Lovelace, 12 St James's Square")
    asked = _ask(shop, customer)
    before = shop.ask("GET", "/users/data-exports", by=customer).json()["items"]
    shop.invoke("WriteDataExportsFunction")

    [ready] = shop.ask("GET", "/users/data-exports", by=customer).json()["items"]

    file = requests.get(ready["url"], timeout=10)
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        account, orders = (json.loads(archive.read(name)) for name in ("account.json", "orders.json"))
    assert (asked.status_code, before) == (202, [asked.json()])
    assert (ready["id"], ready["status"]) == (asked.json()["id"], "ready")
    assert (account["email"], [order["id"] for order in orders]) == (customer.email, [order_id])
    assert "12 St James's Square" in json.dumps(orders[0]["address"])
    assert file.headers["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    assert file.headers["Content-Type"] == "application/zip"


def test_link_works_for_minutes_and_the_file_is_kept_for_a_week(shop: Shop, customer: Customer) -> None:
    _ask(shop, customer)
    shop.invoke("WriteDataExportsFunction")

    [ready] = shop.ask("GET", "/users/data-exports", by=customer).json()["items"]

    link, file = (datetime.fromisoformat(ready[name]) - datetime.now(UTC) for name in ("url_expires_at", "expires_at"))
    assert timedelta() < link <= timedelta(minutes=5)
    assert timedelta(days=6) < file <= timedelta(days=7)
    assert "X-Amz-Expires=300&" in ready["url"]


def test_link_is_in_no_log(shop: Shop, customer: Customer) -> None:
    _ask(shop, customer)
    shop.invoke("WriteDataExportsFunction")

    [ready] = shop.ask("GET", "/users/data-exports", by=customer).json()["items"]

    logged = shop.log.getvalue()
    assert ready["url"].partition("?")[0].rpartition("/data-exports/")[2] not in logged
    assert customer.email not in logged


def test_wrong_password_gets_no_export(shop: Shop, customer: Customer) -> None:
    answer = shop.ask("POST", "/users/data-exports", by=customer, json={"current_password": "wrong horse battery"})

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:microshop:problem:wrong-password")
    assert shop.ask("GET", "/users/data-exports", by=customer).json() == {"items": []}


def test_nobody_sees_the_exports_of_others(shop: Shop, customer: Customer) -> None:
    _ask(shop, customer)

    assert shop.ask("GET", "/users/data-exports", by=shop.customer()).json() == {"items": []}


def test_second_request_of_a_day_returns_the_first_export(shop: Shop, customer: Customer) -> None:
    first = _ask(shop, customer).json()
    shop.invoke("WriteDataExportsFunction")

    second = _ask(shop, customer)

    assert (second.status_code, second.json()["id"], second.json()["status"]) == (202, first["id"], "ready")
    assert second.json()["url"] is None
