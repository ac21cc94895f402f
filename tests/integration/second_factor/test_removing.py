"""Second factors are removed by their owner, or by a member of staff with at least the same scopes."""

import pytest

from microshop.caller import Caller
from microshop.errors import Forbidden, NotFound
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.scopes import MANAGE_STAFF, READ_ORDERS
from microshop.second_factor.removing import remove_second_factor, reset_second_factor
from microshop.second_factor.repository import SecondFactorRepository
from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
from microshop.staff_errors import NotEnrolled, NotGrantable, SecondFactorMandatory
from microshop.users.repository import UserRepository
from tests.support.staff_phone import Colleague

_OWNER, _PACKER = 1, 3


@pytest.fixture
def ada(database: Database, redis: Redis) -> Colleague:
    colleague = Colleague.hired(database, redis, _PACKER)
    colleague.enrol()
    return colleague


@pytest.fixture
def boss(database: Database, redis: Redis) -> Colleague:
    return Colleague.hired(database, redis, _OWNER, name="boss")


def _remove(ada: Colleague, caller: Caller, *, is_required: bool = False) -> None:
    uow = SecondFactorUnitOfWork(ada.database)
    remove_second_factor(caller, is_required=is_required, sessions=ada.sessions, uow=uow)


def _reset(by: Colleague, user_id: int) -> None:
    reset_second_factor(by.signed_in(), user_id, by.sessions, SecondFactorUnitOfWork(by.database))


def _exists(ada: Colleague) -> bool:
    rows = ada.database.rows("SELECT user_id FROM recovery_codes WHERE user_id = %(id)s", {"id": ada.user_id})
    exists = SecondFactorRepository(ada.database).of(ada.user_id) is not None
    assert exists == bool(rows)
    return exists


def _audited(by: Colleague) -> list[tuple[str, int]]:
    rows = by.database.rows(
        "SELECT action, entity_id FROM audit_log WHERE user_id = %(id)s ORDER BY id", {"id": by.user_id}
    )
    return [(row["action"], row["entity_id"]) for row in rows]


def test_unconfirmed_factor_cannot_be_removed_and_ends_no_session(boss: Colleague) -> None:
    token = boss.sessions.open(boss.user_id, 600).token
    caller = boss.sessions.find(token)
    assert caller is not None
    boss.begin(caller)

    with pytest.raises(NotEnrolled):
        _remove(boss, caller)

    assert boss.sessions.find(token) == caller


def test_removal_deletes_the_codes_and_ends_every_session(ada: Colleague) -> None:
    caller = ada.signed_in()
    version = UserRepository(ada.database).read_credentials_version(ada.user_id)

    _remove(ada, caller)

    assert not _exists(ada)
    assert ada.sessions.count(ada.user_id) == 0
    assert UserRepository(ada.database).read_credentials_version(ada.user_id) != version
    assert _audited(ada)[-1] == ("second_factor.remove", ada.user_id)
    with pytest.raises(NotEnrolled):
        _remove(ada, caller)


def test_required_second_factor_stays(ada: Colleague) -> None:
    with pytest.raises(SecondFactorMandatory):
        _remove(ada, ada.signed_in(), is_required=True)

    assert _exists(ada)


def test_reset_lets_a_colleague_enrol_again(ada: Colleague, boss: Colleague) -> None:
    session = ada.signed_in()

    _reset(boss, ada.user_id)

    assert not _exists(ada)
    assert ada.sessions.count(ada.user_id) == 0
    assert _audited(boss) == [("second_factor.reset", ada.user_id)]
    ada.enrol()
    assert _exists(ada)
    assert session.user_id == ada.user_id


def test_nobody_resets_a_colleague_with_more_scopes(database: Database, redis: Redis, boss: Colleague) -> None:
    boss.enrol()
    database.execute("INSERT INTO roles (id, name, created_at, updated_at) VALUES (9, 'hr', NOW(6), NOW(6))")
    for scope in (MANAGE_STAFF, READ_ORDERS):
        database.execute("INSERT INTO role_scopes VALUES (9, %(scope)s)", {"scope": scope})
    hr = Colleague.hired(database, redis, 9, name="hr")

    with pytest.raises(NotGrantable):
        _reset(hr, boss.user_id)

    assert _exists(boss)


def test_reset_needs_the_right_to_manage_staff(ada: Colleague, boss: Colleague) -> None:
    with pytest.raises(Forbidden):
        _reset(ada, boss.user_id)


def test_accounts_without_a_second_factor_are_not_reset(boss: Colleague) -> None:
    with pytest.raises(NotEnrolled):
        _reset(boss, boss.user_id)
    with pytest.raises(NotFound):
        _reset(boss, 2**62)
