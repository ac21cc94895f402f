"""The interactive page of the local stack in a real browser, as a front-end developer uses it."""

import json
import re
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.support.browser import Page, opened_browser
from tests.support.runner import ROOT, Runner, eventually

PROFILE = "#operations-users-get_profile"
LOG_IN = "#operations-users-log_in"
PLACE_ORDER = "#operations-orders-place_order"
START_PAYMENT = "#operations-payments-start_payment"


def test_a_token_entered_on_the_docs_page_authorizes_its_requests(runner: Runner, tmp_path: Path) -> None:
    email = f"docs-{uuid.uuid4().hex}@example.com"
    token = _register(runner.url, email)

    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.click("button.authorize", text="Authorize")
        page.type(".modal-ux input", token)
        page.click(".modal-ux button.authorize", text="Authorize")
        page.click(".modal-ux button", text="Close")
        status, answer = _execute_example(page, PROFILE, "200")
        page.save_screenshot(tmp_path / "profile.png")

        # The authorization survives a reload.
        page.open(f"{runner.url}/docs")
        page.text_of(".auth-wrapper button.authorize.locked", text="Authorize")
        page.text_of(".session", text=email)

    assert "200" in status
    assert email in answer
    assert page.complaints == []
    assert {urlsplit(url).netloc for url in page.requests if not url.startswith("data:")} == {
        urlsplit(runner.url).netloc
    }


def test_a_demo_customer_orders_and_pays_on_the_docs_page(runner: Runner, tmp_path: Path) -> None:
    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.text_of(".session", text="password: customer-password")
        page.click(".session button", text="customer@example.com")
        page.text_of(".session", text="You are customer@example.com (customer).")
        _, placed = _execute_example(page, PLACE_ORDER, "201")
        order_id = _json_in(placed)["order_id"]
        page.text_of(f"{PLACE_ORDER} .notes a", text="log and events of request")

        _open(page, START_PAYMENT)
        page.fill(f"{START_PAYMENT} tr[data-param-name='id'] input", str(order_id))
        page.click(f"{START_PAYMENT} button.execute")
        page.choose(f"{START_PAYMENT} .payment select", "pm_card_visa_chargeDeclinedInsufficientFunds")
        page.click(f"{START_PAYMENT} .payment button", text="Pay")
        page.text_of(f"{START_PAYMENT} .payment", text="Your card has insufficient funds.")
        page.choose(f"{START_PAYMENT} .payment select", "pm_card_visa")
        page.click(f"{START_PAYMENT} .payment button", text="Pay")
        page.text_of(f"{START_PAYMENT} .payment", text="The order is confirmed and paid.")
        page.save_screenshot(tmp_path / "paid.png")
        buttons = _buttons_of_the_quick_start()
        found = [page.text_of("button", text=name).strip() for name in buttons]

    assert found == buttons == ["Execute", "Execute", "Pay"]
    # The declined card is a 402 of the provider, which Chromium reports.
    assert [each for each in page.complaints if "402" not in each] == []


def test_executing_the_example_order_twice_places_two_orders(runner: Runner) -> None:
    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.click(".session button", text="customer@example.com")
        page.text_of(".session", text="You are")
        _, first = _execute_example(page, PLACE_ORDER, "201")
        page.click(f"{PLACE_ORDER} button.execute")
        first_id = str(_json_in(first)["order_id"])
        eventually(lambda: first_id not in _response_of(page, PLACE_ORDER, "201"), "the second order has another id")


def test_the_docs_page_uses_the_token_of_an_executed_log_in(runner: Runner) -> None:
    with opened_browser() as page:
        page.open(f"{runner.url}/docs#/users/log_in")
        _await_examples(page, LOG_IN)
        page.click(f"{LOG_IN} button.execute")
        page.text_of(f"{LOG_IN} .notes", text="The page now sends this token with every request.")
        page.text_of(".session", text="You are customer@example.com (customer).")
        page.click(".session button", text="Log out")
        page.text_of(".session", text="Log in as")

    # Swagger UI reports an underscore in the fragment of a URL as deprecated.
    assert page.complaints == []


def test_the_docs_page_shows_and_explains_a_refused_log_in(runner: Runner) -> None:
    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.type(".session input[name='email']", f"nobody-{uuid.uuid4().hex}@example.com")
        page.type(".session input[name='password']", "correct horse battery")
        page.click(".session form button", text="Log in")
        page.text_of(".session .problem", text="There is no account with this email address and password.")

        _open(page, PROFILE)
        page.click(f"{PROFILE} button.execute")
        page.click(f"{PROFILE} .notes a", text="Help: Unauthorized")
        page.text_of("h2:target", text="unauthorized")


def test_the_docs_page_links_a_failed_request_to_its_log(runner: Runner) -> None:
    order_id = _place_order(runner.url)
    fault = [{"method": "POST", "path": "/v1/payment_intents", "status": 500}]
    assert requests.post(f"{runner.stripe_url}/_faults", json=fault, timeout=30).ok
    try:
        with opened_browser() as page:
            page.open(f"{runner.url}/docs")
            page.click(".session button", text="customer@example.com")
            page.text_of(".session", text="You are")
            _open(page, START_PAYMENT)
            page.fill(f"{START_PAYMENT} tr[data-param-name='id'] input", order_id)
            page.click(f"{START_PAYMENT} button.execute")
            request_id = str(_json_in(_response_of(page, START_PAYMENT, "503"))["request_id"])

            page.text_of(f"{START_PAYMENT} .notes p", text="Reason: log")
            page.click(f"{START_PAYMENT} .notes a", text=request_id)
            page.text_of("h1", text=f"POST /api/v1/orders/{order_id}/payment")
            page.text_of("h2", text="Why")
            assert "StartPaymentFunction ERROR request failed" in page.text_of("pre")
    finally:
        requests.delete(f"{runner.stripe_url}/_faults", timeout=30)


def test_the_docs_page_reports_a_payment_provider_that_is_down(runner: Runner) -> None:
    fault = [{"method": "POST", "path": "/v1/payment_intents/", "drop": True}]
    with opened_browser() as page:
        _start_payment(page, runner.url, _place_order(runner.url))
        assert requests.post(f"{runner.stripe_url}/_faults", json=fault, timeout=30).ok
        try:
            page.click(f"{START_PAYMENT} .payment button", text="Pay")
            page.text_of(f"{START_PAYMENT} .payment", text="The payment provider does not respond.")
        finally:
            requests.delete(f"{runner.stripe_url}/_faults", timeout=30)


def test_the_docs_page_reports_that_the_paid_order_cannot_be_read(runner: Runner) -> None:
    order_id = _place_order(runner.url)
    with opened_browser() as page:
        _start_payment(page, runner.url, order_id)
        page.click(".session button", text="Log out")
        page.text_of(".session", text="Log in as")
        page.click(f"{START_PAYMENT} .payment button", text="Pay")
        page.text_of(f"{START_PAYMENT} .payment", text="The order cannot be read: ")


def _start_payment(page: Page, url: str, order_id: str) -> None:
    """Start the payment of the demo customer's order on the page."""
    page.open(f"{url}/docs")
    page.click(".session button", text="customer@example.com")
    page.text_of(".session", text="You are")
    _open(page, START_PAYMENT)
    page.fill(f"{START_PAYMENT} tr[data-param-name='id'] input", order_id)
    page.click(f"{START_PAYMENT} button.execute")
    page.text_of(f"{START_PAYMENT} .payment")


def test_the_filter_of_the_docs_page_shows_the_matching_operations(runner: Runner) -> None:
    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.text_of(PROFILE)
        every = page.count(".opblock")
        page.type("input.operation-filter-input", "refunds")
        eventually(lambda: page.count(".opblock") < every, "the filter applies")

        assert page.count(".opblock") == page.count("#operations-payments-refund_order") == 1


def test_the_docs_pages_fit_on_a_phone(runner: Runner, tmp_path: Path) -> None:
    with opened_browser() as page:
        page.be_a_phone(420, 900)
        for path, shown in (("docs", PROFILE), ("docs/errors", "#out-of-stock"), ("docs/order-states", "#states")):
            page.open(f"{runner.url}/{path}")
            page.text_of(shown)
            page.save_screenshot(tmp_path / f"{path.replace('/', '-')}.png")

            assert page.width() <= 420, path


def _buttons_of_the_quick_start() -> list[str]:
    """The buttons that a reader presses to place and pay an order."""
    return re.findall(r"press \*([^*]+)\*", (ROOT / "docs/quick-start.md").read_text(encoding="utf-8"))


def _execute_example(page: Page, operation: str, status: str) -> tuple[str, str]:
    """Execute the example and wait for the status. Returns the status and the body that the page shows."""
    _open(page, operation)
    page.click(f"{operation} button.execute")
    answer = _response_of(page, operation, status)
    return page.text_of(f"{operation} .live-responses-table .response-col_status", text=status), answer


def _open(page: Page, operation: str) -> None:
    page.click(f"{operation} button.opblock-summary-control")
    _await_examples(page, operation)


def _await_examples(page: Page, operation: str) -> None:
    """Wait until Swagger UI has resolved the operation, because it cannot send it before."""
    page.text_of(f"{operation} .responses-inner .response-col_status")


def _response_of(page: Page, operation: str, status: str) -> str:
    page.text_of(f"{operation} .live-responses-table .response-col_status", text=status)
    return page.text_of(f"{operation} .live-responses-table .response-col_description .highlight-code", text="{")


def _json_in(shown: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(shown[shown.index("{") : shown.rindex("}") + 1])
    return found


def _register(url: str, email: str) -> str:
    account = {"username": "Ada", "email": email, "password": "correct horse battery"}
    assert requests.post(f"{url}/api/v1/users/register", json=account, timeout=30).status_code == 201
    return _log_in(url, email, "correct horse battery")


def _log_in(url: str, email: str, password: str) -> str:
    account = {"email": email, "password": password}
    return str(requests.post(f"{url}/api/v1/users/login", json=account, timeout=30).json()["token"])


def _place_order(url: str) -> str:
    """Place an order of the demo customer, payable by card. Returns its id."""
    wanted = {"product_id": 42, "quantity": 1, "address": "12 St James's Square, London SW1Y 4JH"}
    token = _log_in(url, "customer@example.com", "customer-password")
    answer = requests.post(
        f"{url}/api/v1/orders", json=wanted, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    return str(answer.json()["id"])
