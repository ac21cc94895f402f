"""The keys of a Stripe account in the environment: all three are needed, and they must be test keys."""

import pytest

from tools.local.servers.problems import ServerProblem
from tools.local.stripe.account import API_URL, PUBLISHABLE_KEY, SECRET_KEY, WEBHOOK_SECRET, StripeAccount

_TEST_KEYS = {SECRET_KEY: "sk_test_51Abc", PUBLISHABLE_KEY: "pk_test_51Abc", WEBHOOK_SECRET: "whsec_51Abc"}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _TEST_KEYS.items():
        monkeypatch.setenv(name, value)


def test_three_test_keys_select_the_stripe_account() -> None:
    given = StripeAccount.from_environment()

    assert given is not None
    assert given.url == "https://api.stripe.com"
    assert [given.keys.secret_key, given.keys.publishable_key, given.keys.webhook_secret] == [*_TEST_KEYS.values()]
    assert "51Abc" not in repr(given).replace("pk_test_51Abc", "")


def test_local_provider_is_used_without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _TEST_KEYS:
        monkeypatch.setenv(name, "")

    assert StripeAccount.from_environment() is None


@pytest.mark.parametrize("name", _TEST_KEYS)
def test_message_names_a_missing_key_and_where_to_find_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)

    with pytest.raises(ServerProblem, match=rf"^{name} is not set: .*(dashboard|stripe listen)"):
        StripeAccount.from_environment()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (SECRET_KEY, "sk_live_51Abc", "holds a live key"),
        (SECRET_KEY, "rk_live_51Abc", "holds a live key"),
        (PUBLISHABLE_KEY, "pk_live_51Abc", "holds a live key"),
        (SECRET_KEY, "pk_test_51Abc", "must begin with sk_test_ or rk_test_"),
        (PUBLISHABLE_KEY, "sk_test_51Abc", "must begin with pk_test_"),
        (SECRET_KEY, "sk_test_51Abc and more", "must begin with sk_test_"),
        (WEBHOOK_SECRET, "we_51Abc", "must begin with whsec_"),
    ],
)
def test_key_is_refused_without_being_printed_unless_it_is_a_test_key(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ServerProblem, match=message) as refused:
        StripeAccount.from_environment()

    assert str(refused.value).startswith(name)
    assert "51Abc" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://example.com", "http://127.0.0.1.example.com", "http://api.stripe.com"])
def test_secret_key_is_sent_to_stripe_or_this_machine_only(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(API_URL, url)

    with pytest.raises(ServerProblem, match="must be an address on this machine"):
        StripeAccount.from_environment()
