"""The local stack and the payment provider: keys in Secrets Manager, webhooks and buckets."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.local_stack import LocalStack
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.payments_provider import PaymentsProvider

_PARAMETERS = """Parameters:
  StripeApiUrl: {Type: String}
  StripeSecretArn: {Type: String, Default: ""}
"""
_VARIABLES = """Variables:
        STRIPE_API_URL: !Ref StripeApiUrl
        STRIPE_SECRET_ARN: !Ref StripeSecretArn
"""


@pytest.fixture
def paying_template(template: Path) -> Path:
    """The fixture template with the parameters for payments."""
    text = template.read_text()
    template.write_text(text.replace("Parameters:\n", _PARAMETERS, 1).replace("Variables:\n", _VARIABLES))
    return template


def test_functions_get_the_url_and_the_keys_of_the_provider(
    paying_template: Path, tmp_path: Path, start_moto: Callable[[], str], payments_provider: PaymentsProvider
) -> None:
    with LocalStack(paying_template, tmp_path, start_moto(), stripe_url=payments_provider.url) as stack:
        environment = stack.facts()["environment"]

        assert environment["STRIPE_API_URL"] == stack.info.stripe_url == payments_provider.url
        manager = stack.aws("secretsmanager")
        secret = json.loads(manager.get_secret_value(SecretId=environment["STRIPE_SECRET_ARN"])["SecretString"])
        assert secret.keys() == {"secret_key", "publishable_key", "webhook_secret"}
        assert secret["secret_key"].startswith("sk_test_")
        assert secret["publishable_key"].startswith("pk_test_")
        assert secret["webhook_secret"].startswith("whsec_")


def test_webhooks_are_sent_to_the_api(
    template: Path, tmp_path: Path, start_moto: Callable[[], str], payments_provider: PaymentsProvider
) -> None:
    with LocalStack(template, tmp_path, start_moto(), stripe_url=payments_provider.url) as stack:
        sent = payments_provider.send_webhook("payment_intent.succeeded", {"id": "pi_1"})

        assert sent["attempts"] == [404]  # this template has no such path
        messages = [record["message"] for record in stack.log()]
        assert any(message.startswith("POST /api/v1/payments/stripe/webhook 404") for message in messages)


def test_the_webhook_secret_is_kept_in_the_data_folder(
    template: Path, tmp_path: Path, start_moto: Callable[[], str], payments_provider: PaymentsProvider
) -> None:
    def secret() -> str:
        with LocalStack(template, tmp_path, start_moto(), stripe_url=payments_provider.url) as stack:
            value = stack.aws("secretsmanager").get_secret_value(SecretId="microshop-stripe")["SecretString"]
        shutil.rmtree(stack.notebook)
        return str(json.loads(value)["webhook_secret"])

    assert secret() == secret()


def test_two_stacks_with_one_secrets_manager_have_the_same_keys(
    template: Path, tmp_path: Path, start_moto: Callable[[], str], payments_provider: PaymentsProvider
) -> None:
    moto_url = start_moto()
    values = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        with LocalStack(template, tmp_path / name, moto_url, stripe_url=payments_provider.url) as stack:
            values.append(stack.aws("secretsmanager").get_secret_value(SecretId="microshop-stripe")["SecretString"])

    assert values[0] == values[1]


def test_a_template_without_payments_needs_no_provider(template: Path, tmp_path: Path, moto_url: str) -> None:
    with LocalStack(template, tmp_path, moto_url) as stack:
        assert stack.info.stripe_url is None


def test_a_provider_that_does_not_answer_is_reported(
    template: Path, tmp_path: Path, start_moto: Callable[[], str]
) -> None:
    with (
        pytest.raises(LocalProblem, match=r"http://127\.0\.0\.1:9 does not respond"),
        LocalStack(template, tmp_path, start_moto(), stripe_url="http://127.0.0.1:9"),
    ):
        pass


def test_buckets_of_the_template_are_created_once(
    template: Path, tmp_path: Path, start_moto: Callable[[], str]
) -> None:
    resource = "Resources:\n  Exports:\n    Type: AWS::S3::Bucket\n"
    template.write_text(template.read_text().replace("Resources:\n", resource, 1))
    moto_url = start_moto()
    for name in ("first", "again"):
        (tmp_path / name).mkdir()
        with LocalStack(template, tmp_path / name, moto_url) as stack:
            buckets = [bucket["Name"] for bucket in stack.aws("s3").list_buckets()["Buckets"]]

    assert [name.lower() for name in buckets] == ["microshop-exports"]
