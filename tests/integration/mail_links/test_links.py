"""Links: each works once, for its purpose only, until it expires."""

from datetime import UTC, datetime, timedelta

import pytest

from microshop.mail_links.link import LIFETIME, Purpose, UsedLink
from microshop.mail_links.repository import MailLinks
from microshop.platform.mysql import Database
from tests.support.fakes import FakeMailLinks
from tests.support.records import count

_ADA, _BEA = 1, 2
_RESET = Purpose.RESET_PASSWORD


@pytest.fixture
def links(database: Database) -> MailLinks:
    return MailLinks(database)


@pytest.fixture(params=["database", "fake"])
def any_links(request: pytest.FixtureRequest) -> MailLinks | FakeMailLinks:
    """The links of the database, and the fake that unit tests use instead of them."""
    return FakeMailLinks() if request.param == "fake" else request.getfixturevalue("links")


def test_link_works_once_and_for_its_purpose_only(any_links: MailLinks | FakeMailLinks) -> None:
    links, token = any_links, any_links.issue(_RESET, _ADA, "ada@example.com")

    assert links.use(Purpose.VERIFY_EMAIL, token) is None
    assert links.use(_RESET, token) == UsedLink(_ADA, "ada@example.com")
    assert links.use(_RESET, token) is None


def test_finding_a_link_does_not_use_it(any_links: MailLinks | FakeMailLinks) -> None:
    token = any_links.issue(_RESET, _ADA, "ada@example.com")

    assert any_links.find(Purpose.VERIFY_EMAIL, token) is None
    assert any_links.find(_RESET, token) == UsedLink(_ADA, "ada@example.com")
    assert any_links.use(_RESET, token) == UsedLink(_ADA, "ada@example.com")
    assert any_links.find(_RESET, token) is None


def test_use_ends_the_other_links_of_its_purpose_and_subject(any_links: MailLinks | FakeMailLinks) -> None:
    links = any_links
    first, second = (links.issue(_RESET, _ADA, "ada@example.com") for _ in range(2))
    verification = links.issue(Purpose.VERIFY_EMAIL, _ADA, "ada@example.com")
    of_bea = links.issue(_RESET, _BEA, "bea@example.com")

    links.use(_RESET, second)

    assert links.use(_RESET, first) is None
    assert links.use(Purpose.VERIFY_EMAIL, verification) == UsedLink(_ADA, "ada@example.com")
    assert links.use(_RESET, of_bea) == UsedLink(_BEA, "bea@example.com")


def test_expired_link_does_not_work_and_is_purged(links: MailLinks, database: Database) -> None:
    token, _other = links.issue(_RESET, _ADA, "ada@example.com"), links.issue(_RESET, _BEA, "bea@example.com")
    _age(database, _ADA, LIFETIME[_RESET])

    assert links.find(_RESET, token) is None
    assert links.use(_RESET, token) is None
    assert links.delete_expired(datetime.now(UTC), limit=10) == 1
    assert count(database, "mail_links") == 1


def test_token_is_not_stored(links: MailLinks, database: Database) -> None:
    token = links.issue(_RESET, _ADA, "ada@example.com")

    [row] = database.rows("SELECT * FROM mail_links")
    assert token not in str(row)
    assert token.encode() not in row["token_hash"]


def _age(database: Database, user_id: int, by: timedelta) -> None:
    values = {"subject_id": user_id, "seconds": by.total_seconds()}
    database.execute(
        "UPDATE mail_links SET expires_at = expires_at - INTERVAL %(seconds)s SECOND WHERE subject_id = %(subject_id)s",
        values,
    )
