"""The templates as a whole. tests/sam validates them and tests the output of `sam build`."""

import pytest

from tests.support.deployment import ROOT, Templates

# Together they create every resource of every template; gradual deployments have the most for each function.
_EVERYTHING = {
    "DeploymentPreference": "Canary10Percent5Minutes",
    "Distribution": "on",
    "Waf": "on",
    "DomainName": "shop.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    "HostedZoneId": "Z1",
    "MonthlyBudgetUsd": "50",
    "DatabaseUrl": "",
    "RedisUrl": "",
    "DatabaseProxy": "on",
    "ZoneCount": "3",
}


@pytest.mark.parametrize(
    "given", [{}, {"DatabaseEngine": "aurora", "DatabaseMultiAz": "true", "Egress": "endpoints"}], ids=["nat", "aurora"]
)
def test_no_stack_comes_near_the_limit_of_500_resources(given: dict[str, str]) -> None:
    # CloudFormation's limit for a stack; the plan is docs/decisions/0080-stacks-and-endpoints.md.
    counts = {stack.file.name: len(list(stack.resources())) for stack in Templates(**_EVERYTHING | given).stacks}

    assert len(counts) == 10
    assert {name: count for name, count in counts.items() if count >= 400} == {}


def test_packages_of_both_layers_have_one_version() -> None:
    shared, stripe = _locked("shared"), _locked("stripe")

    both = shared.keys() & stripe.keys()

    assert both
    assert {name: shared[name] for name in both} == {name: stripe[name] for name in both}


def _locked(layer: str) -> dict[str, str]:
    """Package → version."""
    lines = (ROOT / "layers" / layer / "requirements.txt").read_text().splitlines()
    pins = (line.split()[0].partition("==") for line in lines if "==" in line and not line.startswith((" ", "#")))
    return {name: version for name, _, version in pins}
