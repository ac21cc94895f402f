"""Registers the payment provider in the stack (its keys), and the stack at the provider (the webhook endpoint)."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tools.local.events.resources import ensure_secret, secret_arn, set_secret
from tools.local.stripe.keys import stored_keys, stored_owner
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.local.stripe.account import StripeAccount

_SECRET_NAME = "microshop-stripe"  # noqa: S105  a name
WEBHOOK_PATH = "/api/v1/payments/stripe/webhook"
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Registration:
    """A payment provider whose keys are in Secrets Manager. `webhook_secret` is empty for Stripe itself."""

    stripe_url: str
    secret_arn: str
    webhook_secret: str = field(repr=False)
    owner: str = ""

    @property
    def parameters(self) -> Mapping[str, str]:
        """The template parameters of the provider."""
        return {"StripeApiUrl": self.stripe_url, "StripeSecretArn": self.secret_arn} | (
            {"StripeOwner": self.owner, "StripeKeyPrefix": self.owner} if self.owner else {}
        )

    def register_webhook_endpoint(self, api_url: str) -> None:
        """Register the webhook endpoint of the API at this URL. Stripe itself sends webhooks to `stripe listen`.

        Raises:
            LocalProblem: the provider does not respond or returns an error.
        """
        if not self.webhook_secret:
            return
        connection = http.client.HTTPConnection(urlsplit(self.stripe_url).netloc, timeout=_TIMEOUT_SECONDS)
        endpoint = {"url": api_url + WEBHOOK_PATH, "secret": self.webhook_secret}
        try:
            connection.request("POST", "/_config/webhook", json.dumps(endpoint))
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise LocalProblem(
                f"The payment provider at {self.stripe_url} does not respond ({error}): run `make run` again"
            ) from error
        finally:
            connection.close()
        if status != http.HTTPStatus.OK:
            raise LocalProblem(
                f"The payment provider at {self.stripe_url} refused the webhook endpoint with status {status}: read"
                " .microshop/logs/stripe.log"
            )


def register(stripe_url: str, data_folder: Path, aws_endpoint_url: str) -> Registration:
    """Put the keys of the data folder into Secrets Manager. If the secret exists, its keys are used."""
    value = ensure_secret(_SECRET_NAME, stored_keys(data_folder).as_secret(), aws_endpoint_url)
    return Registration(stripe_url, secret_arn(_SECRET_NAME), json.loads(value)["webhook_secret"])


def register_account(stripe: StripeAccount, data_folder: Path, aws_endpoint_url: str) -> Registration:
    """Put the keys of a Stripe account into Secrets Manager.

    The shop gets a unique name in that account, because the order numbers of other developers, and of this shop before
    `make reset`, are the same.
    """
    set_secret(_SECRET_NAME, stripe.keys.as_secret(), aws_endpoint_url)
    return Registration(stripe.url, secret_arn(_SECRET_NAME), "", stored_owner(data_folder))
