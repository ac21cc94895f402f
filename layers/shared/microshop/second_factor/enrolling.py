"""Use cases of enrolment: a new secret, and the code that puts it into force."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from microshop.second_factor.factor import attempts_account, sealing_context
from microshop.second_factor.recovery_codes import new_recovery_codes, recovery_code_hash
from microshop.second_factor.totp import matching_step, new_secret, otpauth_uri, secret_text
from microshop.staff_errors import AlreadyEnrolled, InvalidSecondFactor, NotEnrolled
from microshop.transactions import retry_on_conflict
from microshop.users.access import Access
from microshop.users.reading import get_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.caller import Caller
    from microshop.platform.sealing import Sealer
    from microshop.second_factor.factor import SecondFactor
    from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
    from microshop.users.ports import LoginAttempts, Sessions
    from microshop.users.sessions import NewSession


class Enrolment(NamedTuple):
    """A new secret: as text, and as the content of a QR code."""

    secret: str
    uri: str


class Enrolled(NamedTuple):
    """The recovery codes, which nobody can read again, and the session that replaces the caller's."""

    recovery_codes: Sequence[str]
    session: NewSession


@retry_on_conflict
def begin_enrolment(caller: Caller, *, shop_name: str, sealer: Sealer, uow: SecondFactorUnitOfWork) -> Enrolment:
    """Make a secret, which is not in force before it is confirmed. It replaces an earlier one that was not confirmed.

    Raises:
        AlreadyEnrolled: the account has a second factor.
        Unavailable: the secret cannot be sealed.
    """
    user, secret = get_profile(caller, uow.users), new_secret()
    sealed = sealer.seal(secret, sealing_context(caller.user_id))
    with uow:
        uow.second_factors.begin(caller.user_id, sealed)
        uow.commit()
    return Enrolment(secret_text(secret), otpauth_uri(secret, issuer=shop_name, account=user.email))


def confirm_enrolment(
    caller: Caller,
    code: str,
    *,
    now: float,
    sealer: Sealer,
    sessions: Sessions,
    attempts: LoginAttempts,
    uow: SecondFactorUnitOfWork,
) -> Enrolled:
    """Put the secret into force with its first code, replace the caller's session, and end all others.

    Raises:
        NotEnrolled: the enrolment was not begun.
        AlreadyEnrolled: the account has a second factor.
        InvalidSecondFactor: the code is wrong.
        TooManyAttempts: the account must wait.
        Unauthenticated: the session has ended meanwhile.
        Unavailable: the secret cannot be opened.
    """
    attempts.count(attempts_account(caller.user_id))
    factor = uow.second_factors.of(caller.user_id)
    if factor is None:
        raise NotEnrolled
    if factor.is_confirmed:
        raise AlreadyEnrolled
    step = matching_step(sealer.open(factor.sealed_secret, sealing_context(caller.user_id)), code, now)
    if step is None:
        raise InvalidSecondFactor
    enrolled = _put_into_force(caller, factor, step, int(now), sessions=sessions, uow=uow)
    attempts.clear(attempts_account(caller.user_id))
    return enrolled


@retry_on_conflict
def _put_into_force(
    caller: Caller, factor: SecondFactor, step: int, now: int, *, sessions: Sessions, uow: SecondFactorUnitOfWork
) -> Enrolled:
    codes = new_recovery_codes()
    with uow:
        # First, because it locks the account's row. A login in progress knows of no second factor: it gets no session.
        uow.users.invalidate_logins(caller.user_id)
        if not uow.second_factors.confirm(factor, step):
            raise AlreadyEnrolled
        uow.second_factors.add_recovery_codes(
            caller.user_id, (recovery_code_hash(caller.user_id, code) for code in codes)
        )
        uow.audit.record(caller, "second_factor.enrol", "user", caller.user_id, {})
        access = Access(uow.staff.scopes_of(caller.user_id), now)
        session = sessions.replace(caller.user_id, caller.session, access)
        ended = sessions.end_all(caller.user_id, keep=session.hash)
        uow.commit()
    sessions.delete_ended(ended)
    return Enrolled(codes, session)
