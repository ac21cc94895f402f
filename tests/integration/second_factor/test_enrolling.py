"""Enrolment: a secret is in force after its first code, and sessions without the second factor end."""

import pytest

from microshop.errors import TooManyAttempts, Unauthenticated
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.scopes import READ_ORDERS
from microshop.staff_errors import AlreadyEnrolled, InvalidSecondFactor, NotEnrolled
from microshop.users.repository import UserRepository
from tests.support.staff_phone import LIFETIME, NOW, Colleague

_PACKER = 3


@pytest.fixture
def ada(database: Database, redis: Redis) -> Colleague:
    return Colleague.hired(database, redis, _PACKER)


def _has_second_factor(ada: Colleague) -> bool:
    account = UserRepository(ada.database).for_login("ada@example.com")
    assert account is not None
    return account.has_second_factor


def test_secret_is_in_force_after_its_first_code(ada: Colleague) -> None:
    caller = ada.signed_in()
    ada.begin(caller)
    assert not _has_second_factor(ada)

    enrolled = ada.confirm(caller)

    assert _has_second_factor(ada)
    assert len(set(enrolled.recovery_codes)) == 10
    found = ada.sessions.find(enrolled.session.token)
    assert found is not None
    assert (found.second_factor_at, found.withheld, found.may(READ_ORDERS)) == (NOW, False, True)
    assert LIFETIME - 60 < enrolled.session.expires_in_seconds <= LIFETIME


def test_other_sessions_and_logins_in_progress_end(ada: Colleague) -> None:
    other, caller = ada.sessions.open(ada.user_id, 60), ada.signed_in()
    before = UserRepository(ada.database).read_credentials_version(ada.user_id)
    ada.begin(caller)

    ada.confirm(caller)

    assert ada.sessions.find(other.token) is None
    assert ada.sessions.count(ada.user_id) == 1
    assert UserRepository(ada.database).read_credentials_version(ada.user_id) != before


def test_secrets_and_recovery_codes_are_not_stored_readably(ada: Colleague) -> None:
    enrolled = ada.enrol()

    [row] = ada.database.rows("SELECT sealed_secret FROM second_factors")
    assert ada.secret not in row["sealed_secret"]
    stored = ada.database.rows("SELECT code_hash FROM recovery_codes")
    assert len(stored) == 10
    assert not {code.encode() for code in enrolled.recovery_codes} & {row["code_hash"] for row in stored}


def test_wrong_code_leaves_the_secret_unconfirmed(ada: Colleague) -> None:
    caller = ada.signed_in()
    ada.begin(caller)

    with pytest.raises(InvalidSecondFactor):
        ada.confirm(caller, ada.code(3))

    assert not _has_second_factor(ada)


def test_second_begin_replaces_a_secret_that_was_not_confirmed(ada: Colleague) -> None:
    caller = ada.signed_in()
    ada.begin(caller)
    first_code = ada.code()
    ada.begin(caller)

    with pytest.raises(InvalidSecondFactor):
        ada.confirm(caller, first_code)
    ada.confirm(caller)


def test_enrolled_account_cannot_enrol_again(ada: Colleague) -> None:
    ada.enrol()
    caller = ada.signed_in()

    with pytest.raises(AlreadyEnrolled):
        ada.begin(caller)
    with pytest.raises(AlreadyEnrolled):
        ada.confirm(caller)


def test_confirmation_needs_a_begin(ada: Colleague) -> None:
    with pytest.raises(NotEnrolled):
        ada.confirm(ada.signed_in(), "123456")


def test_guesses_are_limited(ada: Colleague) -> None:
    caller = ada.signed_in()
    ada.begin(caller)
    for _ in range(5):
        with pytest.raises(InvalidSecondFactor):
            ada.confirm(caller, ada.code(3))

    with pytest.raises(TooManyAttempts):
        ada.confirm(caller)


def test_session_that_has_ended_meanwhile_changes_nothing(ada: Colleague) -> None:
    caller = ada.signed_in()
    ada.begin(caller)
    ada.sessions.end(ada.user_id, caller.session)

    with pytest.raises(Unauthenticated):
        ada.confirm(caller)

    assert not _has_second_factor(ada)
    assert ada.sessions.count(ada.user_id) == 0


def test_enrolment_leaves_an_audit_row(ada: Colleague) -> None:
    ada.enrol()

    rows = ada.database.rows(
        "SELECT action, entity, entity_id, changes FROM audit_log WHERE user_id = %(id)s", {"id": ada.user_id}
    )
    assert rows == [
        {"action": "second_factor.enrol", "entity": "user", "entity_id": ada.user_id, "changes": None},
    ]
