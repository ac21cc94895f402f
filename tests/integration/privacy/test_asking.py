"""Asking for the erasure of an account, and changing one's mind."""

import pytest

from microshop.errors import NotFound, TooManyAttempts, WrongPassword
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.privacy.cancelling import cancel_erasure
from microshop.privacy.unit_of_work import ErasuresUnitOfWork
from microshop.staff.granting import set_owner
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff_errors import StillStaff
from microshop.users.mail_attempts import MailAttempts
from microshop.users.password_setting import set_password
from microshop.users.passwords import hash_password
from tests.support import erasure_worker
from tests.support.account_owner import NEW_PASSWORD, Owner
from tests.support.builders import a_caller
from tests.support.process_race import race

_PROCESSES = 4


@pytest.fixture
def ada(database: Database, redis: Redis) -> Owner:
    return Owner.registered(database, redis)


def _ask(owner: Owner) -> object:
    return erasure_worker.act(owner.database, owner.redis, "ask", owner.user_id)


def _cancel(owner: Owner) -> None:
    cancel_erasure(a_caller(user_id=owner.user_id), ErasuresUnitOfWork(owner.database))


def test_simultaneous_requests_are_one_and_send_one_mail(ada: Owner, database_url: str, redis_url: str) -> None:
    outcomes = race(erasure_worker, [("ask", ada.user_id)] * _PROCESSES, database_url, redis_url)

    assert outcomes == ["datetime"] * _PROCESSES
    assert ada.events() == ["ErasureRequested"]


def test_simultaneous_cancellations_succeed_once(ada: Owner, database_url: str, redis_url: str) -> None:
    _ask(ada)

    outcomes = race(erasure_worker, [("cancel", ada.user_id)] * _PROCESSES, database_url, redis_url)

    assert sorted(outcomes) == ["NoneType", *["NotFound"] * (_PROCESSES - 1)]
    assert ada.account.erasure_due_at is None


def test_event_has_no_personal_data(ada: Owner) -> None:
    _ask(ada)

    [row] = ada.database.rows("SELECT * FROM outbox")
    assert "example.com" not in str(row)


def test_account_that_became_staff_meanwhile_is_not_recorded(ada: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    # The role is granted between the check of the password and the transaction.
    def grant(*_: object) -> None:
        set_owner("ada@example.com", ada.sessions, StaffUnitOfWork(ada.database, ada.redis), is_owner=True)
        ada.database.execute("UPDATE users SET credentials_version = 1 WHERE id = %(id)s", {"id": ada.user_id})

    monkeypatch.setattr("tests.support.fakes.FakeMailAttempts.count", grant)

    with pytest.raises(StillStaff):
        _ask(ada)
    assert ada.account.erasure_due_at is None


def test_password_that_was_changed_meanwhile_is_wrong(ada: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(*_: object) -> None:
        with ada.uow as uow:
            set_password(ada.account, hash_password(NEW_PASSWORD), ada.sessions, uow)
            uow.commit()

    monkeypatch.setattr("tests.support.fakes.FakeMailAttempts.count", change)

    with pytest.raises(WrongPassword):
        _ask(ada)
    assert ada.account.erasure_due_at is None


def test_erasing_that_has_begun_is_not_cancelled(ada: Owner) -> None:
    _ask(ada)
    ada.database.execute("UPDATE erasures SET state = 'erasing'")

    with pytest.raises(NotFound):
        _cancel(ada)
    assert ada.account.erasure_due_at is not None


def test_changing_ones_mind_again_and_again_sends_few_mails(ada: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure_worker, "FakeMailAttempts", lambda: MailAttempts(ada.redis))
    _ask(ada)
    _cancel(ada)

    with pytest.raises(TooManyAttempts):
        _ask(ada)
    assert ada.events() == ["ErasureRequested"]
