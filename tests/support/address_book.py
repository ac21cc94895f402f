"""The address book of an account, used as its owner does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from microshop.addresses.managing import add_address, change_address, delete_address
from microshop.addresses.unit_of_work import AddressesUnitOfWork
from microshop.versions import ExpectedVersion
from tests.support.builders import a_caller

if TYPE_CHECKING:
    from microshop.addresses.address import AddedAddress, SavedAddress
    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.platform.mysql import Database


def an_address(**fields: str) -> dict[str, str]:
    """The fields of an address."""
    return {"recipient": "Ada Lovelace", "street": "1 Main Street", "city": "Berlin", "country": "DE", **fields}


@dataclass
class AddressBook:
    """The addresses of one account, in the order of the list."""

    user_id: int
    database: Database
    caller: Caller = field(init=False)

    def __post_init__(self) -> None:
        self.caller = a_caller(user_id=self.user_id)

    @property
    def uow(self) -> AddressesUnitOfWork:
        return AddressesUnitOfWork(self.database)

    @property
    def addresses(self) -> list[SavedAddress]:
        return self.uow.addresses.of_user(self.user_id)

    @property
    def defaults(self) -> list[int]:
        """The ids of the default addresses."""
        return [each.id for each in self.addresses if each.is_default]

    def add(self, *, is_default: bool = False, key: IdempotencyKey | None = None, **fields: str) -> AddedAddress:
        return add_address(self.caller, an_address(**fields), key, self.uow, is_default=is_default)

    def change(
        self, address_id: int, version: int | None = None, *, is_default: bool | None = None, **fields: Any
    ) -> SavedAddress:
        """Change an address, whatever its version is, or only this version."""
        expected = ExpectedVersion(version, any_version=version is None)
        return change_address(self.caller, address_id, expected, an_address(**fields), self.uow, is_default=is_default)

    def delete(self, address_id: int) -> None:
        delete_address(self.caller, address_id, self.uow)
