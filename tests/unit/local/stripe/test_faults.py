"""Fault rules: which requests a rule matches, and how often."""

from typing import Any

import pytest

from tools.local.stripe.errors import Refused
from tools.local.stripe.faults import Faults


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.mark.parametrize(
    ("rule", "method", "path", "holds"),
    [
        ({}, "GET", "/v1/refunds", True),
        ({"method": "POST"}, "GET", "/v1/refunds", False),
        ({"method": "post"}, "POST", "/v1/refunds", True),
        ({"path": "/v1/refunds"}, "POST", "/v1/payment_intents", False),
        ({"path": "/v1/payment_intents/pi_1"}, "POST", "/v1/payment_intents/pi_1/confirm", True),
    ],
)
def test_rule_matches_a_method_and_the_beginning_of_a_path(
    faults: Faults, rule: dict[str, Any], method: str, path: str, holds: bool
) -> None:
    faults.set([{**rule, "status": 503}])

    assert (faults.take(method, path).status == 503) is holds


def test_rule_matches_its_count_and_then_the_next_one(faults: Faults) -> None:
    faults.set([{"status": 500, "count": 2}, {"status": 503}])

    found = [faults.take("POST", "/v1/refunds").status for _ in range(4)]

    assert found == [500, 500, 503, 503]
    assert [rule["matched"] for rule in faults.listed()] == [2, 2]


def test_no_fault_happens_without_rules(faults: Faults) -> None:
    faults.set([{"status": 500}])
    faults.clear()

    assert faults.take("POST", "/v1/refunds").status is None


@pytest.mark.parametrize("rule", [{"stauts": 500}, {"matched": 3}, {"when": "later"}])
def test_rule_is_refused_when_it_means_nothing(faults: Faults, rule: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        faults.set([rule])
