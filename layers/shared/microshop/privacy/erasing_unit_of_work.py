"""The transaction that erases an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.mail_links.recipient_repository import MailRecipients
from microshop.privacy.erasing_repository import ErasingRepository
from microshop.staff.unit_of_work import StaffUnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis


class ErasingUnitOfWork(StaffUnitOfWork):
    """A transaction over everything that an account has."""

    def __init__(self, database: Database, redis: Redis) -> None:
        super().__init__(database, redis)
        self.erasing = ErasingRepository(database)
        self.recipients = MailRecipients(database)
