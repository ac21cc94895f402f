"""Use case: prove the second factor, as the second step of signing in, or again for a change that requires it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.second_factor.factor import attempts_account, sealing_context
from microshop.second_factor.recovery_codes import recovery_code_hash
from microshop.second_factor.totp import matching_step
from microshop.staff_errors import InvalidSecondFactor, NotEnrolled
from microshop.transactions import retry_on_conflict
from microshop.users.access import Access

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.sealing import Sealer
    from microshop.second_factor.factor import SecondFactor
    from microshop.second_factor.schemas import VerifySecondFactorRequest
    from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
    from microshop.users.ports import LoginAttempts, Sessions
    from microshop.users.sessions import NewSession


def verify_second_factor(
    caller: Caller,
    request: VerifySecondFactorRequest,
    *,
    now: float,
    sealer: Sealer,
    sessions: Sessions,
    attempts: LoginAttempts,
    uow: SecondFactorUnitOfWork,
) -> NewSession:
    """Use a code or a recovery code. Returns the session that replaces the caller's; it ends when that would have.

    Raises:
        NotEnrolled: the account has no second factor.
        InvalidSecondFactor: the code is wrong, or was used before.
        TooManyAttempts: the account must wait.
        Unauthenticated: the session has ended meanwhile.
        Unavailable: the secret cannot be opened.
    """
    attempts.count(attempts_account(caller.user_id))
    factor = uow.second_factors.of(caller.user_id)
    if factor is None or not factor.is_confirmed:
        raise NotEnrolled
    if request.recovery_code is not None:
        session = _use_recovery_code(caller, request.recovery_code, int(now), sessions, uow)
    else:
        secret = sealer.open(factor.sealed_secret, sealing_context(caller.user_id))
        step = matching_step(secret, request.code or "", now)
        if step is None:
            raise InvalidSecondFactor
        session = _use_step(caller, factor, step, int(now), sessions=sessions, uow=uow)
    attempts.clear(attempts_account(caller.user_id))
    return session


# Both read the scopes first, which locks the account's row until the transaction ends. A change of roles or password
# ends all sessions under that lock: if it was first, the caller's has ended; if it is later, it ends the new one.
@retry_on_conflict
def _use_step(
    caller: Caller, factor: SecondFactor, step: int, now: int, *, sessions: Sessions, uow: SecondFactorUnitOfWork
) -> NewSession:
    with uow:
        access = Access(uow.staff.scopes_of(caller.user_id), now)
        if not uow.second_factors.use_step(factor, step):
            raise InvalidSecondFactor
        session = sessions.replace(caller.user_id, caller.session, access)
        uow.commit()
    return session


@retry_on_conflict
def _use_recovery_code(
    caller: Caller, code: str, now: int, sessions: Sessions, uow: SecondFactorUnitOfWork
) -> NewSession:
    with uow:
        access = Access(uow.staff.scopes_of(caller.user_id), now)
        if not uow.second_factors.use_recovery_code(caller.user_id, recovery_code_hash(caller.user_id, code)):
            raise InvalidSecondFactor
        uow.audit.record(caller, "second_factor.use_recovery_code", "user", caller.user_id, {})
        session = sessions.replace(caller.user_id, caller.session, access)
        uow.commit()
    return session
