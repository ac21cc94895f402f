"""Staff manage customers on the real servers: what ends, what is recorded, and two of them at the same time."""

import json

import pytest

from microshop.caller import CUSTOMER
from microshop.customers.managing import disable, enable, end_sessions, send_password_reset
from microshop.customers.unit_of_work import CustomersUnitOfWork
from microshop.errors import Conflict, InvalidCredentials, InvalidLink, NotFound, TooManyAttempts
from microshop.mail_links.link import Purpose
from microshop.mail_links.repository import MailLinks
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.staff.granting import set_owner
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.users.mail_attempts import MailAttempts
from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from tests.support import customer_worker
from tests.support.account_owner import Owner
from tests.support.audit_rows import AuditRows
from tests.support.builders import a_caller
from tests.support.process_race import race

_STAFF = a_caller(user_id=7)
_ERASURE = """
INSERT INTO erasures (user_id, state, asked_at, due_at, erased_at)
VALUES (%(id)s, %(state)s, NOW(6), NOW(6), IF(%(state)s = 'erased', NOW(6), NULL))
"""
_LINKS = "SELECT purpose FROM mail_links WHERE subject_id = %(id)s ORDER BY purpose"


@pytest.fixture
def ada(database: Database, redis: Redis) -> Owner:
    return Owner.registered(database, redis)


def _disable(ada: Owner) -> None:
    disable(_STAFF, ada.user_id, "stolen cards", ada.sessions, CustomersUnitOfWork(ada.database))


def test_disabling_ends_sessions_and_the_links_of_the_account(ada: Owner) -> None:
    session = ada.sessions.open(ada.user_id, 60)
    reset = ada.link(Purpose.RESET_PASSWORD)
    for purpose in (Purpose.CHANGE_EMAIL, Purpose.VERIFY_EMAIL, Purpose.STAFF_INVITATION):
        ada.link(purpose)

    _disable(ada)

    assert ada.sessions.find(session.token) is None
    # The subject of an invitation is an invitation, which may have the number of the account.
    assert [row["purpose"] for row in ada.database.rows(_LINKS, {"id": ada.user_id})] == ["staff_invitation"]
    with pytest.raises(InvalidLink):
        ada.reset(reset)
    with pytest.raises(InvalidCredentials):
        ada.logged_in()


def test_enabled_customer_logs_in_with_the_old_password_and_no_old_session(ada: Owner) -> None:
    session = ada.sessions.open(ada.user_id, 60)
    _disable(ada)

    enable(_STAFF, ada.user_id, CustomersUnitOfWork(ada.database))

    assert ada.logged_in().user_id == ada.user_id
    assert ada.sessions.find(session.token) is None
    assert ada.database.row("SELECT disabled_reason FROM users") == {"disabled_reason": None}


@pytest.mark.parametrize("state", ["erasing", "erased"])
def test_account_whose_erasure_has_begun_stays_disabled(ada: Owner, state: str) -> None:
    _disable(ada)
    ada.database.execute(_ERASURE, {"id": ada.user_id, "state": state})

    with pytest.raises(Conflict, match="erased"):
        enable(_STAFF, ada.user_id, CustomersUnitOfWork(ada.database))

    with pytest.raises(InvalidCredentials):
        ada.logged_in()


def test_ending_sessions_ends_links_to_another_address_only(ada: Owner) -> None:
    session = ada.sessions.open(ada.user_id, 60)
    for purpose in (Purpose.CHANGE_EMAIL, Purpose.RESET_PASSWORD):
        ada.link(purpose)

    end_sessions(_STAFF, ada.user_id, ada.sessions, CustomersUnitOfWork(ada.database))

    assert ada.sessions.find(session.token) is None
    assert [row["purpose"] for row in ada.database.rows(_LINKS, {"id": ada.user_id})] == ["reset_password"]
    assert ada.logged_in().user_id == ada.user_id


def test_reset_is_the_event_of_a_customer_and_has_no_address(ada: Owner, redis: Redis) -> None:
    attempts, uow = MailAttempts(redis), CustomersUnitOfWork(ada.database)

    send_password_reset(_STAFF, ada.user_id, attempts, uow)

    [event] = ada.database.rows("SELECT type, detail FROM outbox")
    [recipient] = ada.database.rows("SELECT id, email FROM mail_recipients")
    assert (event["type"], recipient["email"]) == ("PasswordResetRequested", "ada@example.com")
    assert json.loads(event["detail"])["data"]["recipient_id"] == recipient["id"]
    assert "ada@" not in event["detail"]
    assert not attempts.allows(Purpose.RESET_PASSWORD, "ada@example.com")
    with pytest.raises(TooManyAttempts):
        send_password_reset(_STAFF, ada.user_id, attempts, uow)


def test_refused_reset_of_a_disabled_account_lets_the_next_one_through(ada: Owner, redis: Redis) -> None:
    attempts, uow = MailAttempts(redis), CustomersUnitOfWork(ada.database)
    _disable(ada)
    with pytest.raises(Conflict):
        send_password_reset(_STAFF, ada.user_id, attempts, uow)
    enable(_STAFF, ada.user_id, uow)

    send_password_reset(_STAFF, ada.user_id, attempts, uow)

    assert ada.events() == ["PasswordResetRequested"]


def test_role_given_meanwhile_protects_the_account(ada: Owner, database: Database, redis: Redis) -> None:
    set_owner("ada@example.com", Sessions(redis), StaffUnitOfWork(database, redis), is_owner=True)
    audit, uow = AuditRows(database), CustomersUnitOfWork(database)
    link = MailLinks(database).issue(Purpose.RESET_PASSWORD, ada.user_id, "ada@example.com")

    with pytest.raises(Conflict):
        _disable(ada)
    with pytest.raises(Conflict):
        enable(_STAFF, ada.user_id, uow)
    with pytest.raises(Conflict):
        end_sessions(_STAFF, ada.user_id, ada.sessions, uow)

    assert audit.take() == []
    assert MailLinks(database).find(Purpose.RESET_PASSWORD, link) is not None


def test_unknown_account_is_not_found(database: Database, redis: Redis) -> None:
    uow = CustomersUnitOfWork(database)

    with pytest.raises(NotFound):
        disable(_STAFF, 2**62, "stolen cards", Sessions(redis), uow)
    with pytest.raises(NotFound):
        send_password_reset(_STAFF, 2**62, MailAttempts(redis), uow)


def test_processes_that_disable_at_once_record_it_once(
    ada: Owner, database: Database, database_url: str, redis_url: str
) -> None:
    staff = UserRepository(database).add(
        email="bea@example.com", username="bea", role=CUSTOMER, language="en", password_hash="hash"
    )
    audit = AuditRows(database)

    outcomes = race(customer_worker, [(staff, ada.user_id)] * 4, database_url, redis_url)

    assert outcomes == ["NoneType"] * 4
    assert [(row["action"], row["changes"]) for row in audit.take()] == [
        ("customer.disable", {"disabled": [False, True], "reason": None})
    ]
