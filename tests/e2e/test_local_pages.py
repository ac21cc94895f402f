"""The pages of requests and events in a real browser, as a front-end developer uses them."""

from pathlib import Path
from typing import Any

import requests

from tests.support.browser import opened_browser
from tests.support.runner import Runner, eventually


def test_the_pages_link_a_request_to_its_event_and_a_consumers_log(runner: Runner, tmp_path: Path) -> None:
    request_id = _order(runner.url)
    event_id = _event_of(runner.url, request_id)
    link_to_request, link_to_event = (
        f"a[href='/_local/{each}']" for each in (f"requests?id={request_id}", f"events?id={event_id}")
    )

    with opened_browser() as page:
        page.be_a_phone(380, 800)
        page.open(f"{runner.url}/_local/")
        page.click("td a[href='/_local/requests']")
        page.click(link_to_request, text="POST /api/v1/orders")
        page.text_of("h1", text="POST /api/v1/orders")
        page.save_screenshot(tmp_path / "request.png")
        widths = [page.width()]
        page.click(link_to_event, text="OrderCreated")
        page.text_of("h1", text="OrderCreated")
        assert "SendCustomerMailFunction INFO event" in page.text_of("pre.log", text="consumer=send_customer_mail")
        page.save_screenshot(tmp_path / "event.png")
        widths.append(page.width())
        page.click("nav a", text="Events")
        page.text_of("h1", text="Events")
        page.save_screenshot(tmp_path / "events.png")
        widths.append(page.width())
        page.click(link_to_event)
        page.click(link_to_request)
        page.text_of("td code", text=request_id)

        assert page.complaints == []
        assert max(widths) <= 380


def _event_of(url: str, request_id: str) -> str:
    """The id of the event that a request caused, once its three consumers have received it."""

    def deliveries() -> list[dict[str, Any]]:
        shown = requests.get(f"{url}/_local/requests.json?id={request_id}", timeout=30).json()
        return list(shown["events"])

    eventually(lambda: len(deliveries()) >= 3, "the consumers receive the event")
    return str(deliveries()[0]["event_id"])


def _order(url: str) -> str:
    """Order something as the demo customer. Returns the id of the request."""
    account = {"email": "customer@example.com", "password": "customer-password"}
    token = requests.post(f"{url}/api/v1/users/login", json=account, timeout=30).json()["token"]
    wanted = {"product_id": 42, "quantity": 1, "address": "12 St James's Square, London SW1Y 4JH"}
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{url}/api/v1/orders", json=wanted, headers=headers, timeout=30)
    assert answer.status_code == 201
    return answer.headers["x-amzn-RequestId"]
