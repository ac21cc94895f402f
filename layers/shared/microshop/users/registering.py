"""Registers customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.caller import CUSTOMER
from microshop.transactions import retried
from microshop.users.events import UserRegistered
from microshop.users.password_blocklist import refuse_guessable
from microshop.users.passwords import hash_password

if TYPE_CHECKING:
    from microshop.users.ports import UnitOfWork
    from microshop.users.schemas import RegisterRequest


@retried
def register(wanted: RegisterRequest, uow: UnitOfWork, *, shop_name: str) -> int:
    """Create a customer's account and its event in one transaction. Returns the account's id.

    Raises:
        InvalidInput: the password is one that attackers try first.
        EmailTaken: another account has the address.
    """
    refuse_guessable(
        wanted.password, field="password", shop_name=shop_name, username=wanted.username, email=wanted.email
    )
    password_hash = hash_password(wanted.password)  # before the transaction: 32 ms in which no lock is held
    with uow:
        user_id = uow.users.add(
            email=wanted.email,
            username=wanted.username,
            role=CUSTOMER,
            language=wanted.language,
            password_hash=password_hash,
        )
        uow.outbox.add(UserRegistered(user_id=user_id, language=wanted.language))
        uow.commit()
    return user_id
