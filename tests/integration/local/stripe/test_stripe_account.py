"""Test keys of a Stripe account are checked before anything starts. The local stand-in plays Stripe."""

import http
from pathlib import Path

import pytest

from microshop.payments.providers import stripe as adapter
from microshop.payments.providers.port import PaymentRequest
from tests.support.payments_provider import PaymentsProvider
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Launch, Processes
from tools.local.stripe.account import StripeAccount
from tools.local.stripe.keys import PaymentKeys

_KEYS = PaymentKeys("whsec_1", "sk_test_51Abc", "pk_test_51Abc")


def test_keys_that_stripe_knows_are_accepted(payments_provider: PaymentsProvider) -> None:
    StripeAccount(_KEYS, payments_provider.url).check()


@pytest.mark.parametrize(
    ("status", "path", "message"),
    [
        (http.HTTPStatus.UNAUTHORIZED, "payment_intents", "does not know this key"),
        (http.HTTPStatus.FORBIDDEN, "disputes", "may not read disputes: give it the rights"),
        (http.HTTPStatus.SERVICE_UNAVAILABLE, "refunds", "responded with status 503"),
    ],
)
def test_refused_keys_are_reported_without_the_keys(
    payments_provider: PaymentsProvider, status: int, path: str, message: str
) -> None:
    payments_provider.inject_faults({"method": "GET", "path": f"/v1/{path}", "status": status})

    with pytest.raises(ServerProblem, match=message) as refused:
        StripeAccount(_KEYS, payments_provider.url).check()

    assert str(refused.value).startswith("MICROSHOP_STRIPE_SECRET_KEY: ")
    assert "51Abc" not in str(refused.value)


def test_a_stripe_that_does_not_answer_is_reported() -> None:
    with pytest.raises(ServerProblem, match=r"does not respond .* check the network, or unset"):
        StripeAccount(_KEYS, "http://127.0.0.1:9").check()


def test_shops_with_different_key_prefixes_share_no_payments(
    payments_provider: PaymentsProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "secret", lambda _: {"secret_key": "sk_test_local"})
    request = PaymentRequest(11, "MS-0000-0000", 1, 1000, "USD", "order-11-attempt-1")
    shops = [adapter.StripeProvider("arn", payments_provider.url, name, name) for name in ("one", "other")]

    intents = [shop.start(request) for shop in (*shops, shops[0])]

    assert intents[0].reference == intents[2].reference != intents[1].reference


def test_server_processes_do_not_get_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROSHOP_STRIPE_SECRET_KEY", "sk_test_51Abc")
    processes = Processes(tmp_path)
    log = tmp_path / "log"
    child = processes.start(Launch("printer", "printer", ["/usr/bin/env"], log))
    child.process.wait(30)
    processes.stop(child)

    assert "PATH=" in log.read_text()
    assert "51Abc" not in log.read_text()
