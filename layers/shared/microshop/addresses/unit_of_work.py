"""The transaction of changes of an address book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.addresses.repository import AddressRepository
from microshop.addresses.view import added_address_view, parse_added_address
from microshop.idempotency.repository import ResultRepository
from microshop.platform.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class AddressesUnitOfWork(UnitOfWork):
    """A transaction over addresses and stored results."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.addresses = AddressRepository(database)
        self.results = ResultRepository(database, added_address_view, parse_added_address)
