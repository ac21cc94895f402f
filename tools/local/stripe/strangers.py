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


def count_strangers(database_url: str, stripe_url: str, secret_key: str) -> int:
    """Return how many payments the database has, if the provider does not know the newest of them; else 0."""
    with closing(Database(database_address(database_url))) as database:
        newest = database.row(_NEWEST)
    if newest is None:
        return 0
    found = requests.get(
        f"{stripe_url}/v1/payment_intents/{newest['reference']}", auth=(secret_key, ""), timeout=_SECONDS
    )
    return int(newest["number"]) if found.status_code == requests.codes.not_found else 0
