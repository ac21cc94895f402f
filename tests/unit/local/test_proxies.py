"""Programs of the local stack use a proxy, except for this machine."""

import pytest
from requests.utils import should_bypass_proxies

from tools.local.proxies import bypass_proxy_for_localhost


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("given", [{}, {"no_proxy": "a.example"}, {"NO_PROXY": "a.example"}, {"NO_PROXY": ""}])
def test_this_machine_is_excluded_from_the_proxy(given: dict[str, str]) -> None:
    environment = {"https_proxy": "http://proxy.example", **given}

    bypass_proxy_for_localhost(environment)

    assert environment["no_proxy"] == environment["NO_PROXY"]
    for address, is_direct in (
        ("http://127.0.0.1:3000", True),
        ("http://localhost:3000", True),
        ("http://a.example", "a.example" in given.values()),
        ("https://api.stripe.com", False),
    ):
        assert bool(should_bypass_proxies(address, environment["no_proxy"])) == is_direct


@pytest.mark.parametrize(
    "given", [{}, {"no_proxy": "a.example"}, {"HTTP_PROXY": "http://proxy.example", "NO_PROXY": "*"}]
)
def test_nothing_changes_without_a_proxy(given: dict[str, str]) -> None:
    environment = dict(given)

    bypass_proxy_for_localhost(environment)

    assert environment == given
