"""Takes requests for an export of the caller's data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import NotFound, WrongPassword
from microshop.transactions import retry_on_conflict
from microshop.users.passwords import verify_password
from microshop.users.reading import get_profile

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.data_exports.data_export import DataExport
    from microshop.data_exports.schemas import RequestDataExportRequest
    from microshop.data_exports.unit_of_work import DataExportsUnitOfWork
    from microshop.users.ports import LoginAttempts
    from microshop.users.user import User


def request_data_export(
    caller: Caller, request: RequestDataExportRequest, *, attempts: LoginAttempts, uow: DataExportsUnitOfWork
) -> DataExport:
    """Record that the caller wants their data. Returns the new export, or the latest one if it is open or of this day.

    The password is needed, because a thief of a session must not get everything.

    Raises:
        WrongPassword: `current_password` is not the account's.
        TooManyAttempts: the session must wait because of wrong passwords.
        NotFound: the account no longer exists, or is disabled.
    """
    user = get_profile(caller, uow.users)
    attempts.count(caller.session)
    if not verify_password(request.current_password, user.password_hash):
        raise WrongPassword
    attempts.clear(caller.session)
    return _record(user, uow)


@retry_on_conflict
def _record(verified: User, uow: DataExportsUnitOfWork) -> DataExport:
    with uow:
        # The account's lock makes requests at the same time wait for each other: the second one finds the first.
        user = uow.users.lock_enabled(verified.id)
        if user is None:
            raise NotFound("account")
        if user.credentials_version != verified.credentials_version:
            raise WrongPassword
        now = datetime.now(UTC)
        for latest in uow.exports.of_user(user.id, 1):
            if latest.is_enough(now):
                return latest
        export = uow.exports.add(user.id, now)
        uow.commit()
    return export
