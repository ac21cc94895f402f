"""Pages of the local stack: requests and events."""

import html
import re
from typing import Any

import pytest
import requests

from tests.support.raw_http import exchange
from tests.support.shop import Customer, Shop

_PAGES = ("requests", "events", "requests.json", "events.json")


def test_a_request_is_listed_and_shown_with_the_log_of_its_function(shop: Shop, somebody: Customer) -> None:
    request_id = _id_of(shop.ask("GET", "/users/profile", by=somebody))

    listed = _shown(shop, "requests?path=/users/profile").text
    page = _shown(shop, f"requests?id={request_id}").text

    assert f'<a href="/_local/requests?id={request_id}">GET /api/v1/users/profile</a>' in listed
    assert "GetProfileFunction INFO GET /api/v1/users/profile 200 in" in page
    assert "<h2>Why</h2>" not in page


def test_a_failed_request_is_shown_with_its_reason(shop_without_database: Shop) -> None:
    request_id = _id_of(shop_without_database.ask("GET", "/products"))

    page = _shown(shop_without_database, f"requests?id={request_id}").text

    assert re.search(r'<h2>Why</h2>\n<pre class="log"><code>\S+ ListProductsFunction ERROR request failed', page)
    assert f"request_id={request_id}" in page


def test_requests_can_be_filtered_by_status_and_function(shop: Shop) -> None:
    refused, answered = _id_of(shop.ask("GET", "/products/abc")), _id_of(shop.ask("GET", "/products"))

    assert {each["status"] // 100 for each in _listed(shop, "requests.json?status=4xx")} == {4}
    assert {each["status"] for each in _listed(shop, "requests.json?status=200")} == {200}
    of_function = _listed(shop, "requests.json?function=ListProductsFunction&method=get")
    assert {each["function"] for each in of_function} == {"ListProductsFunction"}
    assert answered in {each["id"] for each in of_function}
    assert refused not in {each["id"] for each in of_function}


def test_the_newest_request_is_listed_first(shop: Shop) -> None:
    asked = [_id_of(shop.ask("GET", "/products")) for _ in range(3)]

    assert [each["id"] for each in _listed(shop, "requests.json")][:3] == asked[::-1]


def test_neither_bodies_nor_headers_nor_secrets_in_a_query_are_remembered(shop: Shop) -> None:
    customer = shop.customer()
    answers = [
        shop.ask("POST", "/users/login", json={"email": customer.email, "password": customer.password}),
        shop.ask("GET", "/users/profile", by=customer),
        shop.ask_unchecked("GET", "/products", query={"access_token": "hunter2", "t": customer.token}),
    ]
    pages = "".join(_shown(shop, f"{path}?id={_id_of(each)}").text for each in answers for path in _PAGES[::2])

    assert "/api/v1/products?access_token=***&amp;t=***" in pages
    for secret in (customer.password, customer.token, customer.email, answers[0].json()["token"], "hunter2"):
        assert secret not in pages


def test_input_of_a_client_is_shown_as_text(shop: Shop) -> None:
    script = "/<script>alert(1)</script>"
    _, problem = exchange(shop.url, "GET", f"{script}?q={script}", [("X-Amzn-Trace-Id", f"Root={script}")])
    request_id = problem["request_id"]

    for page in (_shown(shop, "requests").text, _shown(shop, f"requests?id={request_id}").text):
        assert html.escape(script) in page
        assert "<script>" not in page


@pytest.mark.parametrize("path", _PAGES)
def test_the_pages_are_stored_nowhere_run_nothing_and_answer_this_machines_own_names_only(
    shop: Shop, path: str
) -> None:
    page = _shown(shop, path)
    rebound = requests.get(f"{shop.url}/_local/{path}", headers={"Host": "shop.attacker.example"}, timeout=30)

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert rebound.status_code == 400


@pytest.mark.parametrize("path", _PAGES)
def test_an_unknown_id_is_a_404(shop: Shop, path: str) -> None:
    assert _shown(shop, f"{path}?id=%3Cb%3E").status_code == 404


def _id_of(answer: requests.Response) -> str:
    return answer.headers["x-amzn-RequestId"]


def _shown(shop: Shop, path: str) -> requests.Response:
    return requests.get(f"{shop.url}/_local/{path}", timeout=30)


def _listed(shop: Shop, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _shown(shop, path).json()
    return found
