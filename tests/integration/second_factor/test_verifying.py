"""Codes: each works once, also from several processes, and replaces the session."""

import pytest

from microshop.errors import TooManyAttempts, Unauthenticated
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.scopes import READ_ORDERS
from microshop.staff.granting import change_roles
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff_errors import InvalidSecondFactor, NotEnrolled
from microshop.users.access import PENDING
from tests.support import second_factor_worker
from tests.support.process_race import race
from tests.support.staff_phone import NOW, Colleague, owner_of

_OWNER, _PACKER = 1, 3
_PROCESSES = 4


@pytest.fixture
def ada(database: Database, redis: Redis) -> Colleague:
    colleague = Colleague.hired(database, redis, _PACKER)
    colleague.enrol()
    return colleague


def test_code_gives_a_pending_session_its_scopes_under_a_new_token(ada: Colleague) -> None:
    pending = ada.signed_in(PENDING)
    assert (pending.withheld, pending.may(READ_ORDERS)) == (True, False)

    session = ada.verify(pending, ada.code())

    found = ada.sessions.find(session.token)
    assert found is not None
    assert (found.second_factor_at, found.withheld, found.may(READ_ORDERS)) == (NOW, False, True)
    assert session.hash != pending.session
    with pytest.raises(Unauthenticated):  # the old session has ended
        ada.verify(pending, ada.code(1))


def test_code_works_once(ada: Colleague) -> None:
    ada.verify(ada.signed_in(PENDING), ada.code())

    with pytest.raises(InvalidSecondFactor):
        ada.verify(ada.signed_in(PENDING), ada.code())
    with pytest.raises(InvalidSecondFactor):  # an earlier one that nobody used
        ada.verify(ada.signed_in(PENDING), ada.code(-1))
    ada.verify(ada.signed_in(PENDING), ada.code(1))


def test_refused_code_leaves_the_session_as_it_is(ada: Colleague) -> None:
    pending = ada.signed_in(PENDING)

    with pytest.raises(InvalidSecondFactor):
        ada.verify(pending, ada.code(3))

    ada.verify(pending, ada.code())


def test_recovery_code_works_once_in_any_spelling(ada: Colleague) -> None:
    code = ada.recovery_codes[3]

    found = ada.sessions.find(ada.verify(ada.signed_in(PENDING), recovery_code=code.upper()).token)

    assert found is not None
    assert found.may(READ_ORDERS)
    with pytest.raises(InvalidSecondFactor):
        ada.verify(ada.signed_in(PENDING), recovery_code=code)
    ada.verify(ada.signed_in(PENDING), recovery_code=ada.recovery_codes[4].replace("-", " "))


def test_recovery_code_of_somebody_else_is_refused(ada: Colleague, database: Database, redis: Redis) -> None:
    bea = Colleague.hired(database, redis, _PACKER, name="bea")
    bea.enrol()

    with pytest.raises(InvalidSecondFactor):
        ada.verify(ada.signed_in(PENDING), recovery_code=bea.recovery_codes[0])


def test_account_without_a_second_factor_has_no_codes(database: Database, redis: Redis) -> None:
    bea = Colleague.hired(database, redis, _PACKER, name="bea")
    caller = bea.signed_in()

    with pytest.raises(NotEnrolled):
        bea.verify(caller, "123456")
    bea.begin(caller)
    with pytest.raises(NotEnrolled):  # not confirmed
        bea.verify(caller, bea.code())


def test_guesses_are_limited_per_account_and_cleared_by_a_right_code(ada: Colleague) -> None:
    for _ in range(4):
        with pytest.raises(InvalidSecondFactor):
            ada.verify(ada.signed_in(PENDING), ada.code(3))
    ada.verify(ada.signed_in(PENDING), ada.code())
    for _ in range(5):
        with pytest.raises(InvalidSecondFactor):
            ada.verify(ada.signed_in(PENDING), recovery_code="7k2m-x0qd-9fhr-w3ta")

    with pytest.raises(TooManyAttempts):
        ada.verify(ada.signed_in(PENDING), ada.code(1))


def test_roles_that_were_taken_away_before_the_code_end_the_session(
    ada: Colleague, database: Database, redis: Redis
) -> None:
    boss, pending = Colleague.hired(database, redis, _OWNER, name="boss"), ada.signed_in(PENDING)

    change_roles(owner_of(boss), ada.user_id, set(), ada.sessions, StaffUnitOfWork(database, redis))

    with pytest.raises(Unauthenticated):
        ada.verify(pending, ada.code())
    assert ada.sessions.count(ada.user_id) == 0


def test_scopes_are_those_of_the_moment_of_the_code(ada: Colleague) -> None:
    pending = ada.signed_in(PENDING)
    ada.database.execute("DELETE FROM user_roles WHERE user_id = %(id)s", {"id": ada.user_id})

    found = ada.sessions.find(ada.verify(pending, ada.code()).token)

    assert found is not None
    assert not found.is_staff


@pytest.mark.parametrize("kind", ["code", "recovery_code"])
def test_code_works_once_in_a_race_of_processes(kind: str, ada: Colleague, database_url: str, redis_url: str) -> None:
    code = ada.code() if kind == "code" else ada.recovery_codes[0]
    sessions = [ada.signed_in(PENDING).session for _ in range(_PROCESSES)]

    outcomes = race(
        second_factor_worker, [(ada.user_id, session, kind, code) for session in sessions], database_url, redis_url
    )

    assert sorted(outcomes) == ["InvalidSecondFactor"] * (_PROCESSES - 1) + ["NewSession"]
