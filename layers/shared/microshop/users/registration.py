"""Registers customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.caller import CUSTOMER
from microshop.transactions import retry_on_conflict
from microshop.users.events import UserRegistered
from microshop.users.password_blocklist import refuse_guessable
from microshop.users.passwords import hash_password
from microshop.users.user import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from microshop.users.ports import UnitOfWork
    from microshop.users.schemas import RegisterRequest
    from microshop.users.user import Language


@retry_on_conflict
def register(
    request: RegisterRequest, uow: UnitOfWork, *, shop_name: str, preferred: Language = DEFAULT_LANGUAGE
) -> int:
    """Create a customer's account and its event in one transaction. Returns the account's id.

    The account's language is `preferred` if the request names none.

    Raises:
        InvalidInput: the password is one that attackers try first.
        EmailTaken: another account has the address.
    """
    refuse_guessable(
        request.password, field="password", shop_name=shop_name, username=request.username, email=request.email
    )
    password_hash = hash_password(request.password)  # takes 32 ms, so before the transaction: no lock is held yet
    language = request.language or preferred
    with uow:
        user_id = uow.users.add(
            email=request.email,
            username=request.username,
            role=CUSTOMER,
            language=language,
            password_hash=password_hash,
        )
        uow.outbox.add(UserRegistered(user_id=user_id, language=language))
        uow.commit()
    return user_id
