"""Keys of a Stripe account in the environment: all three, test keys only, and never in a message."""

import pytest

from tools.local.servers.problems import ServerProblem
from tools.local.stripe.given_keys import API_URL, PUBLISHABLE_KEY, SECRET_KEY, WEBHOOK_SECRET, GivenStripe

_TEST_KEYS = {SECRET_KEY: "sk_test_51Abc", PUBLISHABLE_KEY: "pk_test_51Abc", WEBHOOK_SECRET: "whsec_51Abc"}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _TEST_KEYS.items():
        monkeypatch.setenv(name, value)


def test_three_test_keys_choose_an_account_of_stripe() -> None:
    given = GivenStripe.from_environment()

    assert given is not None
    assert given.url == "https://api.stripe.com"
    assert [given.keys.secret_key, given.keys.publishable_key, given.keys.webhook_secret] == [*_TEST_KEYS.values()]
    assert "51Abc" not in repr(given).replace("pk_test_51Abc", "")


def test_local_provider_takes_payments_without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _TEST_KEYS:
        monkeypatch.setenv(name, "")

    assert GivenStripe.from_environment() is None


@pytest.mark.parametrize("name", _TEST_KEYS)
def test_missing_key_is_named_with_its_source(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)

    with pytest.raises(ServerProblem, match=rf"^{name} is not set, .*(dashboard|stripe listen)"):
        GivenStripe.from_environment()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (SECRET_KEY, "sk_live_51Abc", "holds a live key"),
        (SECRET_KEY, "rk_live_51Abc", "holds a live key"),
        (PUBLISHABLE_KEY, "pk_live_51Abc", "holds a live key"),
        (SECRET_KEY, "pk_test_51Abc", "begins with sk_test_ or rk_test_"),
        (PUBLISHABLE_KEY, "sk_test_51Abc", "begins with pk_test_"),
        (SECRET_KEY, "sk_test_51Abc and more", "begins with sk_test_"),
        (WEBHOOK_SECRET, "we_51Abc", "begins with whsec_"),
    ],
)
def test_key_is_refused_and_not_repeated_unless_it_is_a_test_key(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ServerProblem, match=says) as refused:
        GivenStripe.from_environment()

    assert str(refused.value).startswith(name)
    assert "51Abc" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://example.com", "http://127.0.0.1.example.com", "http://api.stripe.com"])
def test_secret_key_goes_to_stripe_and_this_machine_only(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(API_URL, url)

    with pytest.raises(ServerProblem, match="on this machine only"):
        GivenStripe.from_environment()
