"""Another address for an account: the new one confirms it, the old one hears of it."""

import pytest

from microshop.caller import Caller
from microshop.errors import EmailTaken, InvalidInput, InvalidLink, TooManyAttempts, WrongPassword
from microshop.mail_links.link import Purpose
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.users.email_change_request import request_email_change
from microshop.users.login_attempts import CallerAttempts
from microshop.users.mail_attempts import MailAttempts
from microshop.users.schemas import ChangeEmailRequest
from microshop.users.updating import end_sessions
from tests.support import link_worker
from tests.support.account_owner import OLD_PASSWORD, Owner
from tests.support.process_race import race

_CHANGE, _NEW = Purpose.CHANGE_EMAIL, "new@example.com"
_PROCESSES = 4


@pytest.fixture
def ada(database: Database, redis: Redis) -> Owner:
    return Owner.registered(database, redis)


def _request(owner: Owner, caller: Caller, email: str = _NEW, password: str = OLD_PASSWORD) -> None:
    request_email_change(
        caller,
        ChangeEmailRequest(email=email, current_password=password),
        attempts=CallerAttempts(owner.redis),
        mails=MailAttempts(owner.redis),
        uow=owner.uow,
    )


def _recipients(database: Database) -> list[str]:
    return [row["email"] for row in database.rows("SELECT email FROM mail_recipients ORDER BY id")]


def test_request_changes_nothing_and_asks_for_a_mail_to_the_new_address(ada: Owner) -> None:
    _request(ada, ada.logged_in())

    assert ada.account.email == "ada@example.com"
    assert (ada.events(), _recipients(ada.database)) == (["EmailChangeRequested"], [_NEW])
    assert _NEW not in str(ada.database.rows("SELECT * FROM outbox"))


def test_request_for_a_taken_address_is_answered_like_any_other(ada: Owner) -> None:
    Owner.registered(ada.database, ada.redis, "bea")

    _request(ada, ada.logged_in(), "bea@example.com")

    assert _recipients(ada.database) == ["bea@example.com"]


def test_wrong_password_asks_for_no_mail(ada: Owner) -> None:
    with pytest.raises(WrongPassword):
        _request(ada, ada.logged_in(), password="wrong horse battery")

    assert ada.events() == []


def test_own_address_in_capitals_is_refused(ada: Owner) -> None:
    with pytest.raises(InvalidInput) as refused:
        _request(ada, ada.logged_in(), "ADA@example.com")

    assert [problem.field for problem in refused.value.problems] == ["email"]


def test_second_mail_of_an_account_must_wait(ada: Owner) -> None:
    caller = ada.logged_in()
    _request(ada, caller)

    with pytest.raises(TooManyAttempts):
        _request(ada, caller, "other@example.com")


def test_accounts_together_send_one_mail_to_an_address(ada: Owner) -> None:
    bea = Owner.registered(ada.database, ada.redis, "bea")
    _request(ada, ada.logged_in())

    _request(bea, bea.logged_in())

    assert _recipients(ada.database) == [_NEW]


def test_link_changes_the_address_verifies_it_and_ends_every_session(ada: Owner) -> None:
    ada.logged_in()

    ada.change_email(ada.link(_CHANGE, _NEW))

    assert (ada.account.email, ada.account.is_email_verified) == (_NEW, True)
    assert ada.sessions.count(ada.user_id) == 0
    assert ada.logged_in().user_id == ada.user_id


def test_old_address_gets_a_mail(ada: Owner) -> None:
    ada.change_email(ada.link(_CHANGE, _NEW))

    assert (ada.events(), _recipients(ada.database)) == (["EmailChanged"], ["ada@example.com"])
    assert "ada@example.com" not in str(ada.database.rows("SELECT * FROM outbox"))


def test_change_ends_all_links_of_the_account(ada: Owner) -> None:
    bea = Owner.registered(ada.database, ada.redis, "bea")
    of_bea = bea.link(Purpose.RESET_PASSWORD)
    for purpose in (Purpose.RESET_PASSWORD, Purpose.VERIFY_EMAIL):
        ada.link(purpose)
    other = ada.link(_CHANGE, "other@example.com")

    ada.change_email(ada.link(_CHANGE, _NEW))

    with pytest.raises(InvalidLink):
        ada.change_email(other)
    assert [row["subject_id"] for row in ada.database.rows("SELECT subject_id FROM mail_links")] == [bea.user_id]
    bea.reset(of_bea)


def test_address_that_was_taken_meanwhile_is_refused(ada: Owner) -> None:
    token = ada.link(_CHANGE, "bea@example.com")
    Owner.registered(ada.database, ada.redis, "bea")
    ada.logged_in()

    with pytest.raises(EmailTaken):
        ada.change_email(token)

    assert (ada.account.email, ada.sessions.count(ada.user_id), ada.events()) == ("ada@example.com", 1, [])


def test_operator_who_ends_the_sessions_ends_the_link(ada: Owner) -> None:
    token = ada.link(_CHANGE, _NEW)

    end_sessions(ada.account.email, ada.sessions, ada.uow)

    with pytest.raises(InvalidLink):
        ada.change_email(token)


def test_disabled_account_keeps_its_address(ada: Owner) -> None:
    token = ada.link(_CHANGE, _NEW)
    ada.disable()

    with pytest.raises(InvalidLink):
        ada.change_email(token)


def test_address_goes_to_one_of_several_accounts_in_a_race_of_processes(
    ada: Owner, database_url: str, redis_url: str
) -> None:
    owners = [ada, *(Owner.registered(ada.database, ada.redis, f"ada{number}") for number in range(1, _PROCESSES))]
    tokens = [owner.link(_CHANGE, _NEW) for owner in owners]

    outcomes = race(link_worker, [("change", token) for token in tokens], database_url, redis_url)

    assert sorted(outcomes) == ["EmailTaken"] * (_PROCESSES - 1) + ["NoneType"]
    assert [owner.account.email for owner in owners].count(_NEW) == 1
