"""Scopes: what staff and API keys may do. Roles and keys are sets of scopes; each endpoint of staff requires one."""

from typing import Literal

type Scope = Literal[
    "read_orders",
    "write_orders",
    "refund",
    "write_catalogue",
    "write_stock",
    "read_customers",
    "write_customers",
    "write_promotions",
    "moderate",
    "operate",
    "manage_staff",
]

READ_ORDERS: Scope = "read_orders"
WRITE_ORDERS: Scope = "write_orders"
REFUND: Scope = "refund"
WRITE_CATALOGUE: Scope = "write_catalogue"
WRITE_STOCK: Scope = "write_stock"
READ_CUSTOMERS: Scope = "read_customers"
WRITE_CUSTOMERS: Scope = "write_customers"
WRITE_PROMOTIONS: Scope = "write_promotions"
MODERATE: Scope = "moderate"
OPERATE: Scope = "operate"
MANAGE_STAFF: Scope = "manage_staff"

# In the order in which responses list them.
ALL_SCOPES: tuple[Scope, ...] = (
    READ_ORDERS,
    WRITE_ORDERS,
    REFUND,
    WRITE_CATALOGUE,
    WRITE_STOCK,
    READ_CUSTOMERS,
    WRITE_CUSTOMERS,
    WRITE_PROMOTIONS,
    MODERATE,
    OPERATE,
    MANAGE_STAFF,
)
EVERYTHING = frozenset(ALL_SCOPES)


def scopes_in(text: str) -> frozenset[Scope]:
    """Returns the scopes of a text that separates them with blanks, without those that this release does not know.

    A later release may have stored further ones.
    """
    return EVERYTHING.intersection(text.split())


def scopes_text(scopes: frozenset[Scope]) -> str:
    """Returns the scopes in their order, separated by blanks."""
    return " ".join(scope for scope in ALL_SCOPES if scope in scopes) if scopes else ""  # most callers are customers
