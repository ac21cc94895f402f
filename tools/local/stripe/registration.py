"""Introduces the local stack and the payment provider to each other: the keys, and where webhooks go."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tools.local.events.resources import ensure_secret, secret_arn, set_secret
from tools.local.stripe.keys import kept_keys, kept_owner
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.local.stripe.given_keys import GivenStripe

_SECRET_NAME = "microshop-stripe"  # noqa: S105  a name
WEBHOOK_PATH = "/api/v1/payments/stripe/webhook"
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Registration:
    """A payment provider whose keys are in Secrets Manager. Without a webhook secret, it chooses where webhooks go."""

    stripe_url: str
    secret_arn: str
    webhook_secret: str = field(repr=False)
    owner: str = ""

    @property
    def parameters(self) -> Mapping[str, str]:
        """What the template is told of it."""
        return {"StripeApiUrl": self.stripe_url, "StripeSecretArn": self.secret_arn} | (
            {"StripeOwner": self.owner, "StripeKeyPrefix": self.owner} if self.owner else {}
        )

    def receive_webhooks(self, api_url: str) -> None:
        """Have webhooks sent to the API that listens there. Stripe itself sends them to `stripe listen`.

        Raises:
            LocalProblem: the provider does not take that.
        """
        if not self.webhook_secret:
            return
        connection = http.client.HTTPConnection(urlsplit(self.stripe_url).netloc, timeout=_TIMEOUT_SECONDS)
        endpoint = {"url": api_url + WEBHOOK_PATH, "secret": self.webhook_secret}
        try:
            connection.request("POST", "/_config/webhook", json.dumps(endpoint))
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise LocalProblem(f"The payment provider at {self.stripe_url} does not answer: {error}") from error
        finally:
            connection.close()
        if status != http.HTTPStatus.OK:
            raise LocalProblem(f"The payment provider at {self.stripe_url} takes no webhook: status {status}")


def register(stripe_url: str, data_folder: Path, aws_endpoint_url: str) -> Registration:
    """Put the data folder's keys into Secrets Manager. Where another stack has put some before, those are used."""
    value = ensure_secret(_SECRET_NAME, kept_keys(data_folder).as_secret(), aws_endpoint_url)
    return Registration(stripe_url, secret_arn(_SECRET_NAME), json.loads(value)["webhook_secret"])


def register_given(stripe: GivenStripe, data_folder: Path, aws_endpoint_url: str) -> Registration:
    """Put the keys of a Stripe account into Secrets Manager.

    The shop gets a name of its own in that account: other developers' shops have orders of the same numbers there, and
    so has this one after `make reset`.
    """
    set_secret(_SECRET_NAME, stripe.keys.as_secret(), aws_endpoint_url)
    return Registration(stripe.url, secret_arn(_SECRET_NAME), "", kept_owner(data_folder))
