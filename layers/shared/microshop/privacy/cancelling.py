"""Use case: cancel the erasure of an account. It is not part of asking.py, so that it does not load hashing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import NotFound
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.privacy.unit_of_work import ErasuresUnitOfWork


@retry_on_conflict
def cancel_erasure(caller: Caller, uow: ErasuresUnitOfWork) -> None:
    """Keep the caller's account.

    Raises:
        NotFound: nobody has asked for its erasure, or erasing has begun.
    """
    with uow:
        if not uow.erasures.cancel(caller.user_id):
            raise NotFound("erasure")
        uow.commit()
