"""The transaction of the use cases that send or use one-time links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.mail_links.recipient_repository import MailRecipients
from microshop.mail_links.repository import MailLinks
from microshop.users.unit_of_work import UsersUnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class AccountUnitOfWork(UsersUnitOfWork):
    """A transaction over accounts, their one-time links, recipients of mails and the outbox."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.links = MailLinks(database)
        self.recipients = MailRecipients(database)
