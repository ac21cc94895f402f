"""Verifies that the owner of an account reads the mail of its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from microshop.errors import InvalidLink
from microshop.mail_links.link import Purpose
from microshop.transactions import retry_on_conflict
from microshop.users.account_events import EmailVerificationRequested
from microshop.users.reading import get_profile

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.users.ports import MailAttempts, MailLinks, UnitOfWork, Users

# What a link did: the address may have been verified before.
type VerificationOutcome = Literal["verified", "already-verified"]

_PURPOSE = Purpose.VERIFY_EMAIL


def request_verification(caller: Caller, *, attempts: MailAttempts, uow: UnitOfWork) -> None:
    """Ask for another mail with a link; nothing happens if the address is verified.

    Raises:
        TooManyAttempts: the account must wait.
        NotFound: the account no longer exists.
    """
    if get_profile(caller, uow.users).is_email_verified:
        return
    attempts.count(_PURPOSE, caller.user_id)
    _record(caller.user_id, uow)


@retry_on_conflict
def _record(user_id: int, uow: UnitOfWork) -> None:
    with uow:
        uow.outbox.add(EmailVerificationRequested(user_id=user_id))
        uow.commit()


def verify_email(token: str, links: MailLinks, users: Users) -> VerificationOutcome:
    """Mark the address that a link was sent to as verified, if it is still that of the account.

    The link works until it expires, because a second use changes nothing and may be a second click.

    Raises:
        InvalidLink: the link does not work, or the account has another address now.
    """
    link = links.find(_PURPOSE, token)
    if link is None:
        raise InvalidLink
    if users.verify_email(link.subject_id, link.email):
        return "verified"
    user = users.by_id(link.subject_id)
    if user is None or user.email != link.email:
        raise InvalidLink
    return "already-verified"
