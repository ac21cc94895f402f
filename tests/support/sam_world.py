"""The users, products and order to which the sample events in events/ refer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

from microshop.api_keys.repository import ApiKeyRepository
from microshop.caller import ADMIN, CUSTOMER, Caller
from microshop.orders.returning import return_order
from microshop.orders.shipping import ship_order
from microshop.orders.updating import confirm_order
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.scopes import EVERYTHING, READ_ORDERS
from microshop.second_factor.factor import SecondFactor
from microshop.second_factor.repository import SecondFactorRepository
from microshop.staff.repository import StaffRepository
from microshop.staff.role_repository import RoleRepository
from microshop.users.passwords import hash_password
from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from tests.support import tables
from tests.support.address_book import AddressBook
from tests.support.catalogue import put_on_sale
from tests.support.functions import sample_event
from tests.support.orders import place

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis

ADMINS_ID, CASEYS_ID, ADAS_ID = 1, 2, 17
_ROLES_ID, _KEYS_ID, _ADDRESS_ID = 6, 4, 5
# User id → email, role, password hash. Hashed once, because hashing is slow by design.
_PEOPLE = {
    ADMINS_ID: ("admin@example.com", ADMIN, hash_password("admin-password")),
    CASEYS_ID: ("customer@example.com", CUSTOMER, hash_password("customer-password")),
    ADAS_ID: ("countess@example.com", CUSTOMER, hash_password("correct horse battery")),
}
_PRODUCTS = (1, 5, 42)
_PRICE_MINOR = 1090  # of product 42 in the demo shop, as events/place_order.json and refund_order.json expect
_ID_OF_ORDER = "microshop.orders.order.new_order_id"


@dataclass(frozen=True)
class World:
    """The servers that hold the data. The connection must send batches."""

    database: Database
    redis: Redis

    def reset(self) -> None:
        """Empty the shop, then create the users and products of the events."""
        self.redis.command("FLUSHDB")
        tables.empty(self.database)
        self.database.execute("SET foreign_key_checks = 0")  # the stock ledger refers to a product's id
        for user_id, (email, role, hashed) in _PEOPLE.items():
            people = UserRepository(self.database)
            made = people.add(email=email, username="Ada", role=role, language="en", password_hash=hashed)
            self._renumber("users", "id", made, user_id)
        StaffRepository(self.database).adopt_admins()
        for product_id in _PRODUCTS:
            made = put_on_sale(self.database, sku=f"SKU-{product_id}", price_minor=_PRICE_MINOR, stock=20)
            self._renumber("products", "id", made, product_id)
            self._renumber("stock_movements", "product_id", made, product_id)

    def add_nothing(self) -> None:
        """Add nothing: users and products are enough."""

    def add_order(self, *, of: int = CASEYS_ID, until: str = "pending") -> None:
        """Create the order of the events: two units of product 42 for the customer `of`.

        `until` is its state: pending, confirmed (paid by bank transfer), shipped or returned.
        """
        order_id = int(sample_event("get_order")["pathParameters"]["id"])
        with patch(_ID_OF_ORDER, return_value=order_id):
            place(self.database, Caller(of, session=""), [(42, 2)])
        admin, uow = Caller(ADMINS_ID, session="", scopes=EVERYTHING), orders_unit_of_work(self.database)
        if until in ("confirmed", "shipped", "returned"):
            confirm_order(admin, order_id, "bank transfer", uow)
        if until in ("shipped", "returned"):
            ship_order(admin, order_id, "DHL", "JD014600003SE", uow)
        if until == "returned":
            return_order(admin, order_id, [], None, uow)

    def add_session(self) -> None:
        """Log in Casey with the token of the authorizer's event."""
        token = sample_event("authorizer")["authorizationToken"].removeprefix("Bearer ")
        with patch("secrets.token_urlsafe", return_value=token):
            Sessions(self.redis).open(CASEYS_ID, 3600)

    def add_role(self) -> None:
        """Create the role of the events, which nobody has."""
        made = RoleRepository(self.database).add("warehouse", {READ_ORDERS})
        self._renumber("role_scopes", "role_id", made, _ROLES_ID)
        self._renumber("roles", "id", made, _ROLES_ID)

    def add_key(self) -> None:
        """Create the API key of the events, of the admin."""
        soon = datetime.now(UTC) + timedelta(days=1)
        key = ApiKeyRepository(self.database).add(
            user_id=ADMINS_ID,
            name="export",
            prefix="msk_3vX0",
            key_hash="0" * 64,
            scopes={READ_ORDERS},
            expires_at=soon,
        )
        self._renumber("api_key_scopes", "key_id", key.id, _KEYS_ID)
        self._renumber("api_keys", "id", key.id, _KEYS_ID)

    def add_address(self) -> None:
        """Create the address of the events, of Casey."""
        added = AddressBook(CASEYS_ID, self.database).add()
        self._renumber("addresses", "id", added.id, _ADDRESS_ID)

    def add_second_factor(self, user_id: int) -> None:
        """Give an account a second factor, whose secret nobody knows."""
        factor = SecondFactorRepository(self.database)
        factor.begin(user_id, b"sealed")
        factor.confirm(SecondFactor(user_id, b"sealed", is_confirmed=False), step=1)

    def waiting_events(self) -> int:
        """The number of events in the outbox."""
        row = self.database.row("SELECT COUNT(*) AS events FROM outbox")
        return int(json.loads(str(row["events"]))) if row else 0

    def _renumber(self, table: str, column: str, made: int, wanted: int) -> None:
        sql = f"UPDATE {table} SET {column} = %(wanted)s WHERE {column} = %(made)s"  # noqa: S608 - constants
        self.database.execute(sql, {"made": made, "wanted": wanted})
