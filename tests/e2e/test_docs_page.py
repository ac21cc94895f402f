"""The interactive page in a real browser, as a front-end developer uses it; only the local stack has one."""

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


def test_a_developer_authorizes_and_tries_the_profile_on_the_docs_page(runner: Runner, tmp_path: Path) -> None:
    email = f"docs-{uuid.uuid4().hex}@example.com"
    token = _token(runner.url, email)

    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.click("button.authorize", text="Authorize")
        page.type(".modal-ux input", token)
        page.click(".modal-ux button.authorize", text="Authorize")
        page.click(".modal-ux button", text="Close")
        status, answer = _tried(page, PROFILE, "200")
        page.save_screenshot(tmp_path / "profile.png")

        # An authorization lasts until it is taken back, not until the page is opened again.
        page.open(f"{runner.url}/docs")
        page.text_of(".auth-wrapper button.authorize.locked", text="Authorize")
        page.text_of(".session", text=email)

    assert "200" in status
    assert email in answer
    assert page.complaints == []
    assert {urlsplit(url).netloc for url in page.requests if not url.startswith("data:")} == {
        urlsplit(runner.url).netloc
    }


def test_a_demo_customer_logs_in_orders_and_pays_on_the_docs_page(runner: Runner, tmp_path: Path) -> None:
    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.text_of(".session", text="password: customer-password")
        page.click(".session button", text="customer@example.com")
        page.text_of(".session", text="You are customer@example.com (customer).")
        _, placed = _tried(page, PLACE_ORDER, "201")
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


def test_each_order_placed_with_the_example_on_the_docs_page_is_a_new_one(runner: Runner) -> None:
    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.click(".session button", text="customer@example.com")
        page.text_of(".session", text="You are")
        _, first = _tried(page, PLACE_ORDER, "201")
        page.click(f"{PLACE_ORDER} button.execute")
        first_id = str(_json_in(first)["order_id"])
        eventually(
            lambda: first_id not in _answer_of(page, PLACE_ORDER, "201"), "the second order has an id of its own"
        )


def test_the_docs_page_takes_over_the_token_of_the_operation_that_logs_in(runner: Runner) -> None:
    with opened_browser() as page:
        page.open(f"{runner.url}/docs#/users/log_in")
        _await_examples(page, LOG_IN)
        page.click(f"{LOG_IN} button.execute")
        page.text_of(f"{LOG_IN} .notes", text="The page sends this token with every request from now on.")
        page.text_of(".session", text="You are customer@example.com (customer).")
        page.click(".session button", text="Log out")
        page.text_of(".session", text="Log in as")

    # An address with an underscore, which Swagger UI would report as deprecated.
    assert page.complaints == []


def test_the_docs_page_shows_why_a_log_in_is_refused_and_where_errors_are_explained(runner: Runner) -> None:
    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.type(".session input[name='email']", f"nobody-{uuid.uuid4().hex}@example.com")
        page.type(".session input[name='password']", "correct horse battery")
        page.click(".session form button", text="Log in")
        page.text_of(".session .problem", text="There is no account with this email address and password.")

        _open(page, PROFILE)
        page.click(f"{PROFILE} button.execute")
        page.click(f"{PROFILE} .notes a", text="What Unauthorized means and what to do")
        page.text_of("h2:target", text="unauthorized")


def test_the_docs_page_leads_from_a_failed_request_to_its_reason(runner: Runner) -> None:
    order_id = _ordered(runner.url)
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
            request_id = str(_json_in(_answer_of(page, START_PAYMENT, "503"))["request_id"])

            page.text_of(f"{START_PAYMENT} .notes p", text="Why: log")
            page.click(f"{START_PAYMENT} .notes a", text=request_id)
            page.text_of("h1", text=f"POST /api/v1/orders/{order_id}/payment")
            page.text_of("h2", text="Why")
            assert "StartPaymentFunction ERROR request failed" in page.text_of("pre")
    finally:
        requests.delete(f"{runner.stripe_url}/_faults", timeout=30)


def test_the_docs_page_says_when_the_payment_provider_does_not_answer(runner: Runner) -> None:
    fault = [{"method": "POST", "path": "/v1/payment_intents/", "drop": True}]
    with opened_browser() as page:
        _started_payment(page, runner.url, _ordered(runner.url))
        assert requests.post(f"{runner.stripe_url}/_faults", json=fault, timeout=30).ok
        try:
            page.click(f"{START_PAYMENT} .payment button", text="Pay")
            page.text_of(f"{START_PAYMENT} .payment", text="The payment provider does not answer.")
        finally:
            requests.delete(f"{runner.stripe_url}/_faults", timeout=30)


def test_the_docs_page_says_when_the_paid_order_cannot_be_read(runner: Runner) -> None:
    order_id = _ordered(runner.url)
    with opened_browser() as page:
        _started_payment(page, runner.url, order_id)
        page.click(".session button", text="Log out")
        page.text_of(".session", text="Log in as")
        page.click(f"{START_PAYMENT} .payment button", text="Pay")
        page.text_of(f"{START_PAYMENT} .payment", text="The order cannot be read: ")


def _started_payment(page: Page, url: str, order_id: str) -> None:
    """Start the payment of the demo customer's order on the page."""
    page.open(f"{url}/docs")
    page.click(".session button", text="customer@example.com")
    page.text_of(".session", text="You are")
    _open(page, START_PAYMENT)
    page.fill(f"{START_PAYMENT} tr[data-param-name='id'] input", order_id)
    page.click(f"{START_PAYMENT} button.execute")
    page.text_of(f"{START_PAYMENT} .payment")


def test_the_filter_of_the_docs_page_leaves_the_operations_of_a_path(runner: Runner) -> None:
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
    """What a reader presses to place and pay an order."""
    return re.findall(r"press \*([^*]+)\*", (ROOT / "docs/quick-start.md").read_text(encoding="utf-8"))


def _tried(page: Page, operation: str, status: str) -> tuple[str, str]:
    """The operation with its example, once its answer has this status: the status and the body that the page shows."""
    _open(page, operation)
    page.click(f"{operation} button.execute")
    answer = _answer_of(page, operation, status)
    return page.text_of(f"{operation} .live-responses-table .response-col_status", text=status), answer


def _open(page: Page, operation: str) -> None:
    page.click(f"{operation} button.opblock-summary-control")
    _await_examples(page, operation)


def _await_examples(page: Page, operation: str) -> None:
    """Until then Swagger UI resolves the operation and cannot send it."""
    page.text_of(f"{operation} .responses-inner .response-col_status")


def _answer_of(page: Page, operation: str, status: str) -> str:
    page.text_of(f"{operation} .live-responses-table .response-col_status", text=status)
    return page.text_of(f"{operation} .live-responses-table .response-col_description .highlight-code", text="{")


def _json_in(shown: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(shown[shown.index("{") : shown.rindex("}") + 1])
    return found


def _token(url: str, email: str) -> str:
    account = {"username": "Ada", "email": email, "password": "correct horse battery"}
    assert requests.post(f"{url}/api/v1/users/register", json=account, timeout=30).status_code == 201
    return _logged_in(url, email, "correct horse battery")


def _logged_in(url: str, email: str, password: str) -> str:
    account = {"email": email, "password": password}
    return str(requests.post(f"{url}/api/v1/users/login", json=account, timeout=30).json()["token"])


def _ordered(url: str) -> str:
    """The id of an order of the demo customer, to be paid by card."""
    wanted = {"product_id": 42, "quantity": 1, "address": "12 St James's Square, London SW1Y 4JH"}
    token = _logged_in(url, "customer@example.com", "customer-password")
    answer = requests.post(
        f"{url}/api/v1/orders", json=wanted, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    return str(answer.json()["id"])
