"""The transactions of invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.repository import AuditLog
from microshop.idempotency.repository import ResultRepository
from microshop.mail_links.repository import MailLinks
from microshop.messaging.outbox import Outbox
from microshop.platform.unit_of_work import UnitOfWork
from microshop.staff.repository import StaffRepository
from microshop.staff_invitations.repository import InvitationRepository
from microshop.staff_invitations.view import parse_reference, reference_view

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class InvitingUnitOfWork(UnitOfWork):
    """A transaction over invitations, their links, the rights of staff, stored results and the outbox.

    The stored result of a request is the id of the invitation, so that no address is kept with it.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.invitations = InvitationRepository(database)
        self.links = MailLinks(database)
        self.staff = StaffRepository(database)
        self.results = ResultRepository(database, reference_view, parse_reference)
        self.outbox = Outbox(database)
        self.audit = AuditLog(database)
