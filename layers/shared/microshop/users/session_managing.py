"""Use cases of an account's own sessions: from which devices they come, and ending them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import NotFound
from microshop.transactions import retry_on_conflict
from microshop.users.session_events import NewDeviceLoggedIn

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.users.device_repository import Devices
    from microshop.users.login import Login
    from microshop.users.ports import Sessions, UnitOfWork


def record_device(login: Login, device: str, devices: Devices, uow: UnitOfWork) -> None:
    """Record from which device a session was opened. If it is new to the account, the owner gets a mail.

    The first device of an account is not new: its owner has just registered. A device is remembered after its event is
    stored, so that an interruption in between repeats the mail rather than losing it.
    """
    user_id = login.user.id
    if devices.record(user_id, login.session.hash, device, login.session.expires_in_seconds):
        _announce(NewDeviceLoggedIn(user_id=user_id, device=device), uow)
    devices.remember(user_id, device)


@retry_on_conflict
def _announce(event: NewDeviceLoggedIn, uow: UnitOfWork) -> None:
    with uow:
        uow.outbox.add(event)
        uow.commit()


def end_session(caller: Caller, session_id: int, sessions: Sessions, devices: Devices) -> None:
    """End one of the caller's sessions.

    Raises:
        NotFound: the caller has no such session.
    """
    session = next((each for each in devices.sessions(caller.user_id) if each.id == session_id), None)
    if session is None:
        raise NotFound("session")
    sessions.end(caller.user_id, session.hash)


def end_other_sessions(caller: Caller, sessions: Sessions) -> None:
    """End all of the caller's sessions but the one of this request."""
    sessions.delete_ended(sessions.end_all(caller.user_id, keep=caller.session))
