"""From registration to a delivered order, over HTTP, against the local stack or any BASE_URL.

The products are created by an admin: the demo data's, or the one of ADMIN_EMAIL and ADMIN_PASSWORD.
"""

import secrets

import pytest
import requests

from tests.support.buyers import Client, a_customer, a_product, stock_of, the_admin


@pytest.fixture
def admin(base_url: str) -> Client:
    return the_admin(base_url)


def test_the_requests_of_the_original_microshop_still_work(base_url: str, admin: Client) -> None:
    api, email = f"{base_url}/api/v1", f"test-{secrets.token_hex(6)}@example.com"
    account = {"username": "testuser", "email": email, "password": "password123"}

    # The original accepts any password; this shop refuses common ones.
    common = requests.post(f"{api}/users/register", json=account, timeout=30)
    assert common.status_code == 400
    account["password"] = "password of a tester"
    registered = requests.post(f"{api}/users/register", json=account, timeout=30)
    assert registered.status_code == 201
    assert "message" in registered.json()

    logged_in = requests.post(f"{api}/users/login", json={"email": email, "password": account["password"]}, timeout=30)
    assert logged_in.status_code == 200
    token = logged_in.json()["token"]

    # The original lets every user create a product; this shop only admins. Both accept a token without `Bearer`.
    product = {"name": "Test Product", "description": "Test Description", "price": 99.99, "stock": 100}
    refused = requests.post(f"{api}/products", json=product, headers={"Authorization": token}, timeout=30)
    assert refused.status_code == 403
    created = requests.post(f"{api}/products", json=product, headers={"Authorization": admin.token}, timeout=30)
    assert created.status_code == 201
    product_id = created.json()["product_id"]

    order = {"product_id": product_id, "quantity": 2, "address": "Test Address"}
    placed = requests.post(f"{api}/orders", json=order, headers={"Authorization": token}, timeout=30)
    assert placed.status_code == 201
    assert "message" in placed.json()
    assert placed.json()["total"] == "199.98"


def test_an_order_is_placed_paid_shipped_and_delivered(base_url: str, admin: Client) -> None:
    customer, stranger = a_customer(base_url), a_customer(base_url)
    kettle, mug = a_product(admin, stock=5, name="Kettle"), a_product(admin, stock=5, name="Mug", price="5.00")

    placed = customer.order((kettle, 1), (mug, 2), (mug, 1))
    assert placed.status_code == 201, placed.text
    location = placed.headers["Location"].removeprefix("/api/v1")
    assert (stock_of(customer, kettle), stock_of(customer, mug)) == (4, 2)

    assert stranger.request("GET", location).status_code == 404
    assert stranger.request("POST", f"{location}/cancel").status_code == 404
    paid = admin.request("POST", f"{location}/confirm", json={"reference": "bank transfer 4711"})
    assert (paid.json()["status"], paid.json()["payment_status"]) == ("confirmed", "paid")
    shipment = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD0001"}
    assert admin.request("PUT", f"{location}/status", json=shipment).status_code == 200
    assert customer.request("POST", f"{location}/cancel").status_code == 409
    assert admin.request("PUT", f"{location}/status", json={"status": "delivered"}).status_code == 200

    order = customer.request("GET", location).json()
    assert (order["status"], order["tracking_number"], order["total"]) == ("delivered", "JD0001", "39.89")
    assert [(line["name"], line["quantity"]) for line in order["lines"]] == [("Kettle", 1), ("Mug", 3)]
    history = customer.request("GET", f"{location}/history").json()["items"]
    assert [entry["action"] for entry in history] == ["placed", "confirmed", "shipped", "delivered"]
    assert customer.request("GET", "/orders").json()["items"] == [order]


def test_cancelling_an_order_restocks_it(base_url: str, admin: Client) -> None:
    customer, product = a_customer(base_url), a_product(admin, stock=5)
    order_id = customer.order((product, 5)).json()["order_id"]
    assert customer.order((product, 1)).status_code == 409

    cancelled = customer.request("POST", f"/orders/{order_id}/cancel", json={"reason": "changed my mind"})

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert stock_of(customer, product) == 5
    assert customer.order((product, 1)).status_code == 201


def test_a_retry_with_the_same_key_places_no_second_order(base_url: str, admin: Client) -> None:
    customer, product = a_customer(base_url), a_product(admin, stock=5)

    first, again = (customer.order((product, 2), key="a-key-of-mine") for _ in range(2))

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert stock_of(customer, product) == 3
    assert customer.order((product, 1), key="a-key-of-mine").status_code == 422
