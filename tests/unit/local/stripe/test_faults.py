"""Fault rules: which requests a rule matches, and how often."""

from typing import Any

import pytest

from tools.local.stripe.errors import Refused
from tools.local.stripe.faults import Faults


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.mark.parametrize(
    ("rule", "method", "path", "matches"),
    [
        ({}, "GET", "/v1/refunds", True),
        ({"method": "POST"}, "GET", "/v1/refunds", False),
        ({"method": "post"}, "POST", "/v1/refunds", True),
        ({"path": "/v1/refunds"}, "POST", "/v1/payment_intents", False),
        ({"path": "/v1/payment_intents/pi_1"}, "POST", "/v1/payment_intents/pi_1/confirm", True),
    ],
)
def test_rule_matches_a_method_and_a_path_prefix(
    faults: Faults, rule: dict[str, Any], method: str, path: str, matches: bool
) -> None:
    faults.set([{**rule, "status": 503}])

    assert (faults.take(method, path).status == 503) is matches


def test_next_rule_applies_after_the_count_of_the_first(faults: Faults) -> None:
    faults.set([{"status": 500, "count": 2}, {"status": 503}])

    found = [faults.take("POST", "/v1/refunds").status for _ in range(4)]

    assert found == [500, 500, 503, 503]
    assert [rule["matched"] for rule in faults.listed()] == [2, 2]


def test_no_fault_applies_after_the_rules_were_cleared(faults: Faults) -> None:
    faults.set([{"status": 500}])
    faults.clear()

    assert faults.take("POST", "/v1/refunds").status is None


@pytest.mark.parametrize("rule", [{"stauts": 500}, {"matched": 3}, {"when": "later"}])
def test_invalid_rule_is_refused(faults: Faults, rule: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        faults.set([rule])
