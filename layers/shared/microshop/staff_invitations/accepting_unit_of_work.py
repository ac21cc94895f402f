"""The transaction in which an invitation is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.mail_links.repository import MailLinks
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff_invitations.repository import InvitationRepository

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis


class AcceptingUnitOfWork(StaffUnitOfWork):
    """A transaction over invitations, their links, accounts and roles."""

    def __init__(self, database: Database, redis: Redis) -> None:
        super().__init__(database, redis)
        self.invitations = InvitationRepository(database)
        self.links = MailLinks(database)
