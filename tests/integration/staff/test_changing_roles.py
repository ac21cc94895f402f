"""Changes of roles: who may make them, what they end, and two of them at the same time."""

from datetime import UTC, datetime

import pytest

from microshop.caller import CUSTOMER, Caller
from microshop.errors import Forbidden, InvalidInput, NotFound
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.scopes import EVERYTHING, MANAGE_STAFF, READ_ORDERS, REFUND, Scope
from microshop.staff.granting import change_roles, enable, set_owner
from microshop.staff.repository import StaffRepository
from microshop.staff.roles import OWNER_ROLE_ID
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff_errors import LastOwner, NotGrantable
from microshop.users.access import Access
from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from tests.support import owner_worker
from tests.support.builders import a_caller
from tests.support.process_race import race

_OWNER, _MANAGER, _PACKER, _ACCOUNTANT = OWNER_ROLE_ID, 2, 3, 5


def _account(database: Database, name: str) -> int:
    return UserRepository(database).add(
        email=f"{name}@example.com", username=name, role=CUSTOMER, language="en", password_hash="hash"
    )


def _owner(database: Database, redis: Redis, name: str) -> Caller:
    user_id = _account(database, name)
    set_owner(f"{name}@example.com", Sessions(redis), StaffUnitOfWork(database, redis), is_owner=True)
    return a_caller(user_id=user_id, scopes=EVERYTHING)


def _change(database: Database, redis: Redis, by: Caller, user_id: int, *role_ids: int) -> frozenset[str]:
    return change_roles(by, user_id, set(role_ids), Sessions(redis), StaffUnitOfWork(database, redis))


def _scopes(database: Database, user_id: int) -> frozenset[str]:
    return StaffRepository(database).scopes_of(user_id)


def test_change_of_roles_gives_their_scopes_and_ends_the_sessions(database: Database, redis: Redis) -> None:
    ada, bea = _owner(database, redis, "ada"), _account(database, "bea")
    session = Sessions(redis).open(bea, 60)

    scopes = _change(database, redis, ada, bea, _PACKER, _ACCOUNTANT)

    assert scopes == _scopes(database, bea) == {"read_orders", "write_orders", "write_stock", "refund"}
    assert Sessions(redis).find(session.token) is None
    account = UserRepository(database).for_login("bea@example.com")
    assert account is not None
    assert account.scopes == scopes


def test_owner_has_every_scope(database: Database, redis: Redis) -> None:
    assert _scopes(database, _owner(database, redis, "ada").user_id) == EVERYTHING


def test_only_owners_are_admins_for_the_previous_release(database: Database, redis: Redis) -> None:
    ada, bea = _owner(database, redis, "ada"), _account(database, "bea")
    users, seen = UserRepository(database), list[str]()

    for role_ids in [(_MANAGER,), (_OWNER, _PACKER), (_PACKER,)]:
        _change(database, redis, ada, bea, *role_ids)
        user = users.by_id(bea)
        assert user is not None
        seen.append(user.role)

    assert seen == ["customer", "admin", "customer"]


def test_nobody_grants_or_takes_away_what_they_lack(database: Database, redis: Redis) -> None:
    ada, bea, cleo = (
        _owner(database, redis, "ada"),
        _account(database, "bea"),
        _account(database, "cleo"),
    )
    database.execute("INSERT INTO roles (id, name, created_at, updated_at) VALUES (9, 'hr', NOW(6), NOW(6))")
    for scope in (MANAGE_STAFF, READ_ORDERS):
        database.execute("INSERT INTO role_scopes VALUES (9, %(scope)s)", {"scope": scope})
    _change(database, redis, ada, bea, 9)
    hr = a_caller(user_id=bea, scopes=frozenset({MANAGE_STAFF, READ_ORDERS}))

    with pytest.raises(NotGrantable, match=REFUND):
        _change(database, redis, hr, cleo, _ACCOUNTANT)
    with pytest.raises(NotGrantable):
        _change(database, redis, hr, ada.user_id)
    with pytest.raises(NotGrantable):
        _change(database, redis, hr, bea, _OWNER)

    assert (_scopes(database, cleo), _scopes(database, ada.user_id)) == (frozenset(), EVERYTHING)


def test_rights_that_were_taken_away_during_the_request_do_not_count(database: Database, redis: Redis) -> None:
    ada, bea, cleo = _owner(database, redis, "ada"), _owner(database, redis, "bea"), _account(database, "cleo")

    _change(database, redis, ada, bea.user_id, _PACKER)

    with pytest.raises(Forbidden):  # Bea's request began when she was an owner
        _change(database, redis, bea, cleo, _PACKER)


def test_unknown_roles_and_accounts_are_refused(database: Database, redis: Redis) -> None:
    ada, bea = _owner(database, redis, "ada"), _account(database, "bea")

    with pytest.raises(InvalidInput, match="role_ids"):
        _change(database, redis, ada, bea, 77)
    with pytest.raises(NotFound):
        _change(database, redis, ada, 2**62, _PACKER)


def test_erased_account_gets_no_roles_and_is_not_enabled(database: Database, redis: Redis) -> None:
    ada, pat = _owner(database, redis, "ada"), _account(database, "pat")
    now = {"now": datetime.now(UTC), "id": pat}
    database.execute("UPDATE users SET disabled_at = %(now)s WHERE id = %(id)s", now)
    begun = "INSERT INTO erasures (user_id, state, asked_at, due_at) VALUES (%(id)s, 'erasing', %(now)s, %(now)s)"
    database.execute(begun, now)

    with pytest.raises(NotFound):
        _change(database, redis, ada, pat, _PACKER)
    with pytest.raises(NotFound):
        enable(ada, pat, StaffUnitOfWork(database, redis))

    assert _scopes(database, pat) == frozenset()
    assert UserRepository(database).enabled_by_email("pat@example.com") is None


def test_last_owner_stays(database: Database, redis: Redis) -> None:
    ada = _owner(database, redis, "ada")

    with pytest.raises(LastOwner):
        _change(database, redis, ada, ada.user_id, _MANAGER)
    with pytest.raises(LastOwner):
        set_owner("ada@example.com", Sessions(redis), StaffUnitOfWork(database, redis), is_owner=False)

    assert _scopes(database, ada.user_id) == EVERYTHING


def test_disabled_owner_does_not_count(database: Database, redis: Redis) -> None:
    ada, bea = _owner(database, redis, "ada"), _owner(database, redis, "bea")
    database.execute("UPDATE users SET disabled_at = NOW(6) WHERE id = %(id)s", {"id": bea.user_id})

    with pytest.raises(LastOwner):
        _change(database, redis, ada, ada.user_id)
    with pytest.raises(Forbidden):
        _change(database, redis, bea, ada.user_id)


def test_two_owners_who_remove_each_other_leave_one(
    database: Database, redis: Redis, database_url: str, redis_url: str
) -> None:
    ada, bea = _owner(database, redis, "ada"), _owner(database, redis, "bea")

    for _ in range(5):
        pairs = [(ada.user_id, bea.user_id), (bea.user_id, ada.user_id)]
        outcomes = race(owner_worker, pairs, database_url, redis_url)

        owners = [each for each in (ada, bea) if _scopes(database, each.user_id) == EVERYTHING]
        assert len(owners) == 1
        assert sorted(outcomes) == ["Forbidden", "frozenset"]
        for name in ("ada", "bea"):
            set_owner(f"{name}@example.com", Sessions(redis), StaffUnitOfWork(database, redis), is_owner=True)


def test_admins_of_the_previous_release_are_adopted(database: Database, redis: Redis) -> None:
    ada, bea, cleo = _owner(database, redis, "ada"), _account(database, "bea"), _owner(database, redis, "cleo")
    # While the previous release serves, it makes Bea an admin, and Cleo a customer.
    database.execute("UPDATE users SET role = 'admin' WHERE id = %(id)s", {"id": bea})
    database.execute("UPDATE users SET role = 'customer' WHERE id = %(id)s", {"id": cleo.user_id})

    for _ in range(2):
        StaffRepository(database).adopt_admins()

    found = [_scopes(database, user_id) for user_id in (ada.user_id, bea, cleo.user_id)]
    assert found == [EVERYTHING, EVERYTHING, frozenset()]


def test_session_with_a_missing_second_factor_gives_no_scopes(redis: Redis) -> None:
    scopes: frozenset[Scope] = frozenset({REFUND})
    accesses = [Access(scopes), Access(scopes, "pending"), Access(scopes, 1_760_000_000), Access()]

    def found(*, required: bool) -> list[tuple[frozenset[str], bool, int | None]]:
        sessions = Sessions(redis, second_factor_required=required)
        callers = [sessions.find(sessions.open(17, 60, access).token) for access in accesses]
        return [(caller.scopes, caller.withheld, caller.second_factor_at) for caller in callers if caller]

    withheld, verified = (set[Scope](), True, None), (scopes, False, 1_760_000_000)
    assert found(required=False) == [(scopes, False, None), withheld, verified, (set[Scope](), False, None)]
    assert found(required=True) == [withheld, withheld, verified, (set[Scope](), False, None)]


def test_session_of_the_previous_release_keeps_its_rights(redis: Redis) -> None:
    sessions = Sessions(redis)
    tokens = [sessions.open(17, 60, Access(EVERYTHING)), sessions.open(17, 60)]
    for opened, role in zip(tokens, ("admin", "customer"), strict=True):
        redis.command("SET", f"session:{opened.hash}", f'{{"user_id": 17, "role": "{role}"}}')

    found = [sessions.find(opened.token) for opened in tokens]

    assert [caller and caller.scopes for caller in found] == [EVERYTHING, frozenset()]
