"""The parameters that identify the shop at Stripe reach its functions."""

from tests.support.templates import NOWHERE
from tools import ROOT
from tools.templates.inventory import read_inventory


def test_a_restored_shop_keeps_its_name_without_changing_idempotency_keys() -> None:
    assert _names(StripeOwner="microshop-prod-eu-central-1-123456789012") == {
        ("microshop-prod-eu-central-1-123456789012", "")
    }


def test_stages_that_share_an_account_can_have_different_idempotency_keys() -> None:
    assert _names(StripeKeyPrefix="lanterns") == {("microshop-dev-us-east-1-123456789012", "lanterns")}


def _names(**parameters: str) -> set[tuple[str, str]]:
    """Returns the different pairs of owner and key prefix in the environments of the functions."""
    functions = read_inventory(
        ROOT / "template.yaml", parameters=NOWHERE | parameters, aws_endpoint_url="http://aws.invalid"
    ).functions.values()
    environments = [function.environment for function in functions]
    return {
        (each.get("STRIPE_OWNER", ""), each.get("STRIPE_KEY_PREFIX", ""))
        for each in environments
        if "STRIPE_OWNER" in each
    }
