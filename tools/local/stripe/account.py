"""A Stripe account in test mode, whose keys are in the environment. It replaces the local provider."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import requests

from tools.local.servers.problems import ServerProblem
from tools.local.stripe.keys import PaymentKeys

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_KEY = "MICROSHOP_STRIPE_SECRET_KEY"  # noqa: S105  the name of a variable
PUBLISHABLE_KEY = "MICROSHOP_STRIPE_PUBLISHABLE_KEY"
WEBHOOK_SECRET = "MICROSHOP_STRIPE_WEBHOOK_SECRET"  # noqa: S105
API_URL = "MICROSHOP_STRIPE_API_URL"
_STRIPE = "https://api.stripe.com"
# The form of each, and where to find it.
_FORMS = {
    SECRET_KEY: (r"(sk|rk)_test_\w+", "sk_test_ or rk_test_", "https://dashboard.stripe.com/test/apikeys shows it"),
    PUBLISHABLE_KEY: (r"pk_test_\w+", "pk_test_", "https://dashboard.stripe.com/test/apikeys shows it"),
    WEBHOOK_SECRET: (r"whsec_[\w+/=-]+", "whsec_", "`stripe listen --print-secret` prints it"),
}
_LIVE = re.compile(r"[a-z]+_live_")
# The lists that the shop reads. Write access cannot be tested without a payment.
_LISTS = ("payment_intents", "refunds", "disputes")
_SECONDS = 10


@dataclass(frozen=True)
class StripeAccount:
    """A Stripe account in test mode. `url` differs from Stripe's in tests only."""

    keys: PaymentKeys
    url: str = _STRIPE

    @classmethod
    def from_environment(cls) -> Self | None:
        """Returns the account of the keys in the environment, or None without keys.

        Raises:
            ServerProblem: a key is missing or is not a test key. The message never contains a key.
        """
        given = {name: os.environ.get(name, "").strip() for name in _FORMS}
        if not any(given.values()):
            return None
        _refuse_unusable(given)
        keys = PaymentKeys(given[WEBHOOK_SECRET], given[SECRET_KEY], given[PUBLISHABLE_KEY])
        return cls(keys, _url())

    def check(self) -> None:
        """Check that the secret key is valid and may read the lists that the shop reads.

        Raises:
            ServerProblem: the key is not valid or lacks rights, or Stripe does not respond.
        """
        for name in _LISTS:
            status = self._status_of(f"{self.url}/v1/{name}")
            if status == requests.codes.unauthorized:
                raise ServerProblem(
                    f"{SECRET_KEY}: Stripe does not know this key: copy it again; {_FORMS[SECRET_KEY][2]}."
                )
            if status == requests.codes.forbidden:
                raise ServerProblem(
                    f"{SECRET_KEY}: this restricted key may not read {name}: give it the rights to write PaymentIntents"
                    " and Refunds, and to read Disputes."
                )
            if status != requests.codes.ok:
                raise ServerProblem(f"{SECRET_KEY}: {self.url} responded with status {status}: try again later.")

    def _status_of(self, url: str) -> int:
        try:
            response = requests.get(url, params={"limit": 1}, auth=(self.keys.secret_key, ""), timeout=_SECONDS)
        except requests.RequestException as error:
            raise ServerProblem(
                f"{SECRET_KEY}: {self.url} does not respond ({type(error).__name__}): check the network, or unset the"
                " variable to use the local payment provider."
            ) from None
        return response.status_code


def _refuse_unusable(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        form, beginning, where = _FORMS[name]
        if _LIVE.match(value):
            raise ServerProblem(f"{name} holds a live key: set a test key, which begins with {beginning}.")
        if not value:
            raise ServerProblem(f"{name} is not set: set all three keys of the Stripe account; {where}.")
        if not re.fullmatch(form, value):
            raise ServerProblem(f"{name} must begin with {beginning}: {where}.")


def _url() -> str:
    url = os.environ.get(API_URL, "").rstrip("/") or _STRIPE
    # The secret key must not be sent to an arbitrary host.
    if url != _STRIPE and urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
        raise ServerProblem(f"{API_URL} must be an address on this machine, such as http://127.0.0.1:12111.")
    return url
