"""Invites people to the staff, and accepts invitations, on the real use cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microshop.caller import CUSTOMER, Caller
from microshop.mail_links.repository import MailLinks
from microshop.scopes import EVERYTHING
from microshop.staff.granting import set_owner
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff_invitations.accepting import accept_invitation
from microshop.staff_invitations.accepting_unit_of_work import AcceptingUnitOfWork
from microshop.staff_invitations.invitation import PURPOSE
from microshop.staff_invitations.inviting import invite
from microshop.staff_invitations.schemas import AcceptInvitationRequest, InviteMemberRequest
from microshop.staff_invitations.unit_of_work import InvitingUnitOfWork
from microshop.users.login_attempts import LoginAttempts
from microshop.users.passwords import hash_password
from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from tests.support.builders import a_caller

if TYPE_CHECKING:
    from microshop.idempotency.key import IdempotencyKey
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis

PASSWORD = "staple of a longer kind"


@dataclass
class Invitations:
    """A shop whose staff invite people."""

    database: Database
    redis: Redis

    def account(self, name: str) -> int:
        """Register an account. Returns its id."""
        return UserRepository(self.database).add(
            email=f"{name}@example.com",
            username=name,
            role=CUSTOMER,
            language="en",
            password_hash=hash_password(PASSWORD),
        )

    def owner(self, name: str) -> Caller:
        """Register an owner of the shop."""
        user_id = self.account(name)
        set_owner(
            f"{name}@example.com",
            Sessions(self.redis),
            StaffUnitOfWork(self.database, self.redis),
            is_owner=True,
        )
        return a_caller(user_id=user_id, scopes=EVERYTHING)

    def invite(self, by: Caller, name: str, *role_ids: int, key: IdempotencyKey | None = None) -> int:
        """Invite `name@example.com`. Returns the id of the invitation."""
        wanted = InviteMemberRequest(email=f"{name}@example.com", role_ids=list(role_ids))
        return invite(by, wanted, key, InvitingUnitOfWork(self.database))

    def link(self, invitation_id: int, name: str) -> str:
        """Issue a link, as the consumer of the event does. Returns its token."""
        return MailLinks(self.database).issue(PURPOSE, invitation_id, f"{name}@example.com")

    def invited(self, by: Caller, name: str, *role_ids: int) -> str:
        """Invite somebody. Returns the token of their link."""
        return self.link(self.invite(by, name, *role_ids), name)

    def accept(self, token: str, *, password: str = PASSWORD, username: str | None = None) -> int:
        """Accept an invitation. Returns the id of the account."""
        fields = {} if username is None else {"username": username}
        return accept_invitation(
            AcceptInvitationRequest(token=token, password=password, **fields),
            request_id="a-request",
            shop_name="Teahouse",
            sessions=Sessions(self.redis),
            attempts=LoginAttempts(self.redis, "192.0.2.1"),
            uow=AcceptingUnitOfWork(self.database, self.redis),
        )
