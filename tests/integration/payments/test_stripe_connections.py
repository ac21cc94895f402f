"""The connections of the Stripe adapter: kept, replaced after they were closed, and encrypted."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import stripe

from microshop.errors import PaymentOutcomeUnknown
from microshop.payments.providers import stripe as adapter
from microshop.payments.providers import stripe_http_client as client
from tests.support.card_payments import CardPayments
from tests.support.certificates import Authority
from tests.support.provider_contract import STRIPE_KEYS, a_payment_request
from tests.support.proxy import Proxy
from tests.support.tls_proxy import TlsProxy


@pytest.fixture(autouse=True)
def own_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forgets the connections and roots of other tests, before and after the test."""
    monkeypatch.setattr(adapter, "secret", lambda _arn: STRIPE_KEYS)
    for cached in (adapter._client, client._tls_context):
        cached.cache_clear()
    yield
    for cached in (adapter._client, client._tls_context):
        cached.cache_clear()


@pytest.fixture
def proxy(cards: CardPayments) -> Iterator[Proxy]:
    with Proxy(cards.url) as proxy:
        yield proxy


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "trusted")


def _provider(url: str) -> adapter.StripeProvider:
    return adapter.StripeProvider("arn", url.rstrip("/"), "this-shop")


def test_requests_use_one_connection(proxy: Proxy) -> None:
    provider = _provider(proxy.url)

    started = provider.start(a_payment_request())
    provider.find(started.reference)
    provider.cancel(started.reference)

    assert proxy.connections == 1


def test_a_request_opens_a_connection_after_the_provider_closed_it(proxy: Proxy) -> None:
    provider = _provider(proxy.url)
    started = provider.start(a_payment_request())

    proxy.cut()

    assert provider.find(started.reference) == started
    assert proxy.connections == 2


def test_a_request_opens_a_connection_after_a_long_pause(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = _provider(proxy.url)
    started = provider.start(a_payment_request())

    monkeypatch.setattr(client, "_MAX_IDLE_SECONDS", -1)
    provider.find(started.reference)

    assert proxy.connections == 2


def test_an_interrupted_response_has_an_unknown_outcome_and_the_next_request_succeeds(
    proxy: Proxy, cards: CardPayments
) -> None:
    provider = _provider(proxy.url)
    request = a_payment_request()

    with cards.fault(method="POST", drop=True, count=1), pytest.raises(PaymentOutcomeUnknown):
        provider.start(request)

    assert provider.start(request).status == "open"


def test_an_unreachable_provider_has_an_unknown_outcome(proxy: Proxy) -> None:
    provider = _provider(proxy.url)
    proxy.shut_down()

    with pytest.raises(PaymentOutcomeUnknown):
        provider.start(a_payment_request())


def test_the_certificate_is_verified_with_the_roots_of_the_library(
    cards: CardPayments, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe, "ca_bundle_path", str(authority.roots))

    with TlsProxy(authority.server_context("localhost"), urlsplit(cards.url).port or 0) as encrypted:
        assert _provider(f"https://localhost:{encrypted.port}").start(a_payment_request()).status == "open"


@pytest.mark.parametrize("wrong", ["authority", "host"])
def test_a_provider_with_a_wrong_certificate_gets_no_request(
    cards: CardPayments, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    issuer = Authority(tmp_path / "unknown") if wrong == "authority" else authority
    host = "localhost" if wrong == "authority" else "elsewhere.example"
    monkeypatch.setattr(stripe, "ca_bundle_path", str(authority.roots))

    with (
        TlsProxy(issuer.server_context(host), urlsplit(cards.url).port or 0) as encrypted,
        pytest.raises(PaymentOutcomeUnknown, match="APIConnectionError") as failed,
    ):
        _provider(f"https://localhost:{encrypted.port}").start(a_payment_request())

    assert "CERTIFICATE_VERIFY_FAILED" in str(failed.value.__context__)


def test_an_error_does_not_contain_a_key_that_is_no_header(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "secret", lambda _arn: {**STRIPE_KEYS, "secret_key": "sk_test_pasted\n"})

    with pytest.raises(PaymentOutcomeUnknown) as refused:
        _provider(proxy.url).start(a_payment_request())

    assert "pasted" not in "".join(traceback.format_exception(refused.value))
