"""The client of a request: its network address, as API Gateway or CloudFront says it."""

import pytest

from microshop.http.client import client_of
from microshop.http.request import Request
from tests.support.builders import an_api_event
from tests.support.table_rows import wrong_answers

_CLAIMED = {"X-Client-Address": "203.0.113.7"}
_PROVEN = {**_CLAIMED, "X-Amzn-Waf-From-Distribution": "yes"}


def _client(source: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch, address: str = "192.0.2.1") -> str:
    monkeypatch.setenv("CLIENT_ADDRESS", source)
    event = an_api_event(headers=headers)
    event["requestContext"]["identity"]["sourceIp"] = address
    return client_of(Request(event))


def test_client_is_believed_only_when_the_firewall_vouches_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        ("direct", {}, "192.0.2.1"),
        ("direct", _PROVEN, "192.0.2.1"),
        ("edge", {}, ""),
        ("edge", _CLAIMED, ""),
        ("edge", {**_CLAIMED, "X-Amzn-Waf-From-Distribution": "no"}, "192.0.2.1"),
        ("edge", {"X-Amzn-Waf-From-Distribution": "no", "X-Forwarded-For": "203.0.113.9"}, "192.0.2.1"),
        ("edge", _PROVEN, "203.0.113.7"),
        ("unknown", _PROVEN, ""),
    ]

    assert wrong_answers(lambda source, headers: _client(source, headers, monkeypatch), rows) == []


def test_client_with_ipv6_is_its_network(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("not:an:address", "not:an:address"),
        ("192.0.2.9", "192.0.2.9"),
    ]

    assert wrong_answers(lambda address: _client("direct", {}, monkeypatch, address), rows) == []
