"""Recipients of mails that are not sent yet."""

from datetime import UTC, datetime, timedelta

import pytest

from microshop.mail_links.recipient_repository import MailRecipients
from microshop.platform.mysql import Database
from tests.support.fakes import FakeMailRecipients


@pytest.fixture
def recipients(database: Database) -> MailRecipients:
    return MailRecipients(database)


@pytest.fixture(params=["database", "fake"])
def any_recipients(request: pytest.FixtureRequest) -> MailRecipients | FakeMailRecipients:
    """The recipients of the database, and the fake that unit tests use instead of them."""
    return FakeMailRecipients() if request.param == "fake" else request.getfixturevalue("recipients")


def test_address_is_kept_until_its_mail_is_sent(any_recipients: MailRecipients | FakeMailRecipients) -> None:
    recipients = any_recipients
    ada, bea = recipients.add("ada@example.com"), recipients.add("bea@example.com")

    recipients.delete(ada)

    assert (recipients.email_of(ada), recipients.email_of(bea)) == (None, "bea@example.com")


def test_old_addresses_are_purged(recipients: MailRecipients, database: Database) -> None:
    old, new = recipients.add("ada@example.com"), recipients.add("bea@example.com")
    database.execute(
        "UPDATE mail_recipients SET created_at = created_at - INTERVAL 4 DAY WHERE id = %(id)s", {"id": old}
    )

    deleted = recipients.delete_older_than(datetime.now(UTC) - timedelta(days=3), limit=10)

    assert (deleted, recipients.email_of(old), recipients.email_of(new)) == (1, None, "bea@example.com")
