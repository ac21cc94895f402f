"""The kind of each function, which follows from its rights and its operation, and with it the budget of its start."""

import functools
from enum import StrEnum

from tests.support.api_description import operations
from tests.support.privileges import rights_by_function


class Kind(StrEnum):
    """What kind of work a function does."""

    AUTHORIZER = "authorizer"
    CACHED_READ = "cached read"
    READ = "read"
    WRITE = "write"
    PAYMENT = "with the payment provider's client"
    BACKGROUND = "consumer, schedule or operation"


# Instructions from the start of the process to the ready handler, as a multiple of a bare handler.
BUDGETS = {
    Kind.AUTHORIZER: 2.5,
    Kind.CACHED_READ: 4,
    Kind.READ: 6,
    Kind.WRITE: 13,
    Kind.PAYMENT: 16,
    Kind.BACKGROUND: 13,
}

# Uses the database only after a cache miss.
_CACHED = {"products/get_product"}


def kind_of(function: str) -> Kind:
    """Returns the kind of a function such as `orders/place_order`."""
    folder, name = function.partition("/")[0], function.rpartition("/")[2]
    if folder == "gateway":
        return Kind.AUTHORIZER
    if function in _CACHED:
        return Kind.CACHED_READ
    if function in asks_a_provider():
        return Kind.PAYMENT
    method = _methods().get(name)
    if method is None:
        return Kind.BACKGROUND
    return Kind.READ if method == "get" else Kind.WRITE


@functools.cache
def asks_a_provider() -> frozenset[str]:
    """Returns the functions that may read the payment provider's key."""
    return frozenset(
        name
        for name, rights in rights_by_function().items()
        if "secret:stripe-EXAMPLE" in rights.get("secretsmanager:GetSecretValue", [])
    )


@functools.cache
def _methods() -> dict[str, str]:
    return {each.name: each.method.lower() for each in operations()}
