"""Warns about payments that the current provider does not know, because the Stripe account was changed."""

from contextlib import closing

import requests

from microshop.platform.mysql import Database
from microshop.platform.settings import database_address

_NEWEST = """
SELECT reference,
       (SELECT COUNT(*) FROM payments WHERE provider = 'stripe' AND reference IS NOT NULL) AS number
FROM payments
WHERE provider = 'stripe' AND reference IS NOT NULL
ORDER BY id DESC
LIMIT 1
"""
_SECONDS = 10


def unknown_payments_warning(database_url: str, stripe_url: str, secret_key: str) -> str | None:
    """Returns a warning if the provider does not know the newest payment or does not respond; otherwise None."""
    with closing(Database(database_address(database_url))) as database:
        newest = database.row(_NEWEST)
    if newest is None:
        return None
    address = f"{stripe_url}/v1/payment_intents/{newest['reference']}"
    try:
        status = requests.get(address, auth=(secret_key, ""), timeout=_SECONDS).status_code
    except requests.RequestException as error:
        return (
            f"{stripe_url} does not respond ({type(error).__name__}), so the payments of the database were not checked;"
            " run `make reconcile` later to compare all payments"
        )
    if status != requests.codes.not_found:
        return None
    return (
        f"{stripe_url} does not know the payments of the database ({newest['number']}), which another provider took;"
        " they cannot be refunded; `make reconcile` lists them, and `make reset` deletes all local data"
    )
