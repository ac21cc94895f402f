"""Forgotten passwords: links work once, also from several processes, and end what the old password gave access to."""

import pytest

from microshop.errors import InvalidCredentials, InvalidInput, InvalidLink, TooManyAttempts, Unavailable
from microshop.mail_links.link import Purpose
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.users.sessions import EndedSessions, Sessions
from tests.support import link_worker
from tests.support.account_owner import NEW_PASSWORD, OLD_PASSWORD, Owner
from tests.support.process_race import race

_RESET, _CHANGE = Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL
_PROCESSES = 20


@pytest.fixture
def ada(database: Database, redis: Redis) -> Owner:
    return Owner.registered(database, redis)


def test_link_sets_a_password_and_ends_every_session(ada: Owner) -> None:
    ada.logged_in()

    ada.reset(ada.link(_RESET))

    assert ada.sessions.count(ada.user_id) == 0
    assert ada.logged_in(NEW_PASSWORD).user_id == ada.user_id
    with pytest.raises(InvalidCredentials):
        ada.logged_in(OLD_PASSWORD)


def test_link_verifies_the_address_that_it_was_sent_to(ada: Owner) -> None:
    ada.reset(ada.link(_RESET))

    assert ada.account.is_email_verified


def test_reset_announces_the_change_for_a_mail(ada: Owner) -> None:
    ada.reset(ada.link(_RESET))

    assert ada.events() == ["PasswordChanged"]


def test_link_works_once(ada: Owner) -> None:
    token, other = ada.link(_RESET), ada.link(_RESET)
    ada.reset(token)

    for used in (token, other):
        with pytest.raises(InvalidLink):
            ada.reset(used, "another password of ada")
    assert ada.logged_in(NEW_PASSWORD).user_id == ada.user_id


def test_link_works_once_in_a_race_of_processes(ada: Owner, database_url: str, redis_url: str) -> None:
    token = ada.link(_RESET)
    passwords = [f"tea for {number} guests" for number in range(_PROCESSES)]

    outcomes = race(link_worker, [("reset", token, password) for password in passwords], database_url, redis_url)

    assert sorted(outcomes) == ["InvalidLink"] * (_PROCESSES - 1) + ["NoneType"]
    assert ada.account.credentials_version == 2


def test_change_of_password_ends_links_to_a_password_or_another_address(ada: Owner) -> None:
    reset, change = ada.link(_RESET), ada.link(_CHANGE, "thief@example.com")

    ada.change_password(ada.logged_in())

    with pytest.raises(InvalidLink):
        ada.reset(reset)
    with pytest.raises(InvalidLink):
        ada.change_email(change)


def test_reset_ends_links_to_another_address(ada: Owner) -> None:
    change = ada.link(_CHANGE, "thief@example.com")

    ada.reset(ada.link(_RESET))

    with pytest.raises(InvalidLink):
        ada.change_email(change)


def test_link_to_a_former_address_does_not_work(ada: Owner) -> None:
    # The mail's consumer may issue it at the moment at which the address changes.
    token = ada.link(_RESET, "former@example.com")

    with pytest.raises(InvalidLink):
        ada.reset(token)
    assert ada.logged_in(OLD_PASSWORD).user_id == ada.user_id


def test_disabled_account_gets_no_password(ada: Owner) -> None:
    token = ada.link(_RESET)
    ada.disable()

    with pytest.raises(InvalidLink):
        ada.reset(token)
    assert ada.account.credentials_version == 1


def test_guessable_password_is_refused_and_the_link_still_works(ada: Owner) -> None:
    token = ada.link(_RESET)

    with pytest.raises(InvalidInput) as refused:
        ada.reset(token, "ada@example.com")

    assert [problem.field for problem in refused.value.problems] == ["password"]
    ada.reset(token)


def test_reset_ends_the_wait_after_wrong_passwords(ada: Owner) -> None:
    for _ in range(6):
        with pytest.raises((InvalidCredentials, TooManyAttempts)):
            ada.logged_in("wrong horse battery")

    ada.reset(ada.link(_RESET))

    assert ada.logged_in(NEW_PASSWORD).user_id == ada.user_id


def test_second_factor_stays(ada: Owner) -> None:
    ada.database.execute(
        "INSERT INTO second_factors (user_id, sealed_secret, confirmed_at, created_at)"
        " VALUES (%(id)s, 'sealed', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
        {"id": ada.user_id},
    )

    ada.reset(ada.link(_RESET))

    assert ada.database.rows("SELECT user_id FROM second_factors") == [{"user_id": ada.user_id}]


def test_link_still_works_if_the_sessions_cannot_be_ended(ada: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_away(self: Sessions, user_id: int, *, keep: str | None = None) -> EndedSessions:
        raise Unavailable("redis")

    token = ada.link(_RESET)
    with monkeypatch.context() as patched:
        patched.setattr(Sessions, "end_all", is_away)
        with pytest.raises(Unavailable):
            ada.reset(token)

    assert ada.account.credentials_version == 1
    ada.reset(token)
