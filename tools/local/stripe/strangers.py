"""Finds payments that another provider took, because a database outlives a change of the Stripe account."""

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


def warning_about_strangers(database_url: str, stripe_url: str, secret_key: str) -> str | None:
    """Returns a sentence if the provider does not know the newest payment or cannot be asked about it; else None."""
    with closing(Database(database_address(database_url))) as database:
        newest = database.row(_NEWEST)
    if newest is None:
        return None
    address = f"{stripe_url}/v1/payment_intents/{newest['reference']}"
    try:
        status = requests.get(address, auth=(secret_key, ""), timeout=_SECONDS).status_code
    except requests.RequestException as error:
        return (
            f"{stripe_url} could not be asked for the newest payment of the database ({type(error).__name__});"
            " `make reconcile` compares all payments later"
        )
    if status != requests.codes.not_found:
        return None
    return (
        f"{stripe_url} does not know the {newest['number']} of the database, because another provider took them;"
        " they cannot be refunded, and `make reconcile` names them; `make reset` begins without them"
    )
