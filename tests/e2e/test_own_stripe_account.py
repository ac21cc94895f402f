"""`make run` with the keys of a Stripe account. A second Stripe stand-in plays that account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests.support.buyers import a_customer, a_product, the_admin
from tests.support.card_payments import GOOD, CardPayments
from tests.support.payments_provider import PaymentsProvider, running_provider
from tests.support.runner import Runner, eventually
from tools.local.servers.aws import Aws
from tools.local.stripe.registration import WEBHOOK_PATH
from tools.local.stripe.server import Stripe

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYS = {"SECRET_KEY": "sk_test_51Abc", "PUBLISHABLE_KEY": "pk_test_51Abc", "WEBHOOK_SECRET": "whsec_51Abc"}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaymentsProvider]:
    """The stand-in for the Stripe account."""
    with running_provider(tmp_path_factory.mktemp("account")) as running:
        yield running


@pytest.fixture(scope="module")
def shop(account: PaymentsProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """A shop with the keys of the account. It gets the webhooks as `stripe listen` would forward them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _KEYS.items():
            patch.setenv(f"MICROSHOP_STRIPE_{name}", value)
        patch.setenv("MICROSHOP_STRIPE_API_URL", account.url)
        with Runner(tmp_path_factory.mktemp("shop")) as running:
            account.send_webhooks_to(running.url + WEBHOOK_PATH, _KEYS["WEBHOOK_SECRET"])
            yield running


def test_an_order_is_paid_and_refunded_at_the_account(shop: Runner, account: PaymentsProvider) -> None:
    admin, customer = the_admin(shop.url), a_customer(shop.url)
    order_id = customer.order((a_product(admin, stock=5, price="30.00"), 1)).json()["order_id"]
    started = customer.request("POST", f"/orders/{order_id}/payment").json()

    assert started["publishable_key"] == _KEYS["PUBLISHABLE_KEY"]
    assert CardPayments(account.url).confirm(started, GOOD).status_code == 200
    eventually(
        lambda: customer.request("GET", f"/orders/{order_id}").json()["payment_status"] == "paid", "the webhook arrives"
    )
    refund = admin.request("POST", f"/orders/{order_id}/refunds", json={"amount": "10.00"})
    assert (refund.status_code, refund.json()["status"]) == (201, "succeeded")
    assert shop.invoke("ReconcileFunction")["findings"] == []


def test_the_banner_names_the_account_and_how_its_webhooks_arrive(shop: Runner, account: PaymentsProvider) -> None:
    assert f"{account.url}, test mode of your account" in shop.log
    assert "stripe listen --forward-to 127.0.0.1:" in shop.log
    assert f"{Aws.title}: ready" in shop.log
    assert f"{Stripe.title}: ready" not in shop.log


def test_the_start_page_names_the_account(shop: Runner, account: PaymentsProvider) -> None:
    page = requests.get(f"{shop.url}/_local/", timeout=30).text

    assert f"<code>{account.url}</code>, test mode of your account" in page
    assert "local stand-in for Stripe" not in page


def test_no_key_is_written_to_a_log_or_file(shop: Runner) -> None:
    secrets = [_KEYS[name].encode() for name in ("SECRET_KEY", "WEBHOOK_SECRET")]
    files = [file for file in shop.data_folder.rglob("*") if file.is_file()]

    found = [file for file in files if any(secret in file.read_bytes() for secret in secrets)]

    assert files
    assert found == []


def test_a_shop_started_without_the_keys_reports_the_lost_payments(shop: Runner) -> None:
    shop.stop()
    with pytest.MonkeyPatch.context() as patch:
        for name in _KEYS:
            patch.delenv(f"MICROSHOP_STRIPE_{name}")
        shop.start()

    assert "which another provider took" in shop.log
